import { defineScenario } from '../harness/scenario/scenario.ts'

export default defineScenario({
  about: 'Readiness, metrics and publishing are asked for over HTTP while every socket is busy.',
  topology: { instances: 3 },
  // 25 members to a room: 300/s make 7,500 deliveries a second.
  load: { rooms: 12, clients: 300, messagesPerSecond: 300, textBytes: 120, seconds: 30, warmUpSeconds: 3 },
  http: [
    // A balancer asks once a second, several of them a few times.
    { path: 'readyz', requestsPerSecond: 60 },
    { path: 'metrics', requestsPerSecond: 36 },
    { path: 'publish', requestsPerSecond: 120, connections: 24 },
  ],
  budgets: {
    lost: 0,
    duplicated: 0,
    reordered: 0,
    diverged: 0,
    phantom: 0,
    stranded: 0,
    // Where nothing breaks, nothing is late, refused, sent twice or left unanswered either.
    late: 0,
    rejected: 0,
    unknown: 0,
    duplicatedOnWire: 0,
    httpErrors: 0,
    httpLost: 0,
    httpDuplicated: 0,
    crossInstanceP99Ms: 100,
    ackP99Ms: 100,
    readyzP99Ms: 100,
    metricsP99Ms: 100,
    publishP99Ms: 100,
  },
})
