import { defineScenario } from '../../harness/scenario/scenario.ts'

export default defineScenario({
  about:
    'Behind the balancer one instance is killed and another drains, while HTTP is asked for, too: half of what dashboards show.',
  topology: { instances: 3, balancer: 'haproxy' },
  load: {
    rooms: [
      { count: 1, clients: 60 },
      { count: 10, clients: 6 },
    ],
    messagesPerSecond: 60,
    textBytes: 120,
    seconds: 24,
    warmUpSeconds: 3,
  },
  http: [
    { path: 'readyz', requestsPerSecond: 12 },
    { path: 'publish', requestsPerSecond: 12 },
  ],
  faults: [
    { kind: 'kill-instance', target: 'chat-1', atSeconds: 4, downSeconds: 1 },
    { kind: 'stop-instance', target: 'chat-2', atSeconds: 9, restart: true },
  ],
  budgets: {
    lost: 0,
    stranded: 0,
    crossInstanceP99Ms: { steady: 100, fault: 1500 },
    sameInstanceP99Ms: { steady: 100 },
    ackP99Ms: { steady: 100 },
    readyzP99Ms: 100,
  },
})
