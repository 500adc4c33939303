import { defineScenario } from '../harness/scenario/scenario.ts'

export default defineScenario({
  about:
    'A deployment as people meet it: every instance drains in turn behind a balancer, and nobody who connects is turned away.',
  topology: { instances: 3, balancer: 'haproxy' },
  // As in `rolling-restart`, so that the two can be compared.
  load: { rooms: 20, clients: 300, messagesPerSecond: 200, textBytes: 120, seconds: 60, warmUpSeconds: 3 },
  // Those who are sent away connect again over 5 s, while the instance that they come from still answers on its port.
  faults: [{ kind: 'stop-instance', target: 'each', atSeconds: 5, everySeconds: 18, downSeconds: 1 }],
  budgets: {
    lost: 0,
    duplicated: 0,
    reordered: 0,
    diverged: 0,
    phantom: 0,
    stranded: 0,
    // Every stopped instance exits with 0 in time and tells each client, through the balancer, why it closes.
    uncleanDrains: 0,
    // The balancer has seen the 503 before the first client is sent away: every try finds somebody who serves.
    connectsFailed: 0,
    crossInstanceP99Ms: { steady: 100, fault: 3000 },
    ackP99Ms: { steady: 100 },
    // From the first sign of the stop: 3 s until the balancer has noticed, the spread of 5 s and a reconnect.
    reconnectSeconds: 12,
    steadyAgainSeconds: 15,
  },
})
