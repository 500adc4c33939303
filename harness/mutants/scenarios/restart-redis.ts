import { defineScenario } from '../../scenario/scenario.ts'

export default defineScenario({
  about: 'Redis is started again with all its data; the instances have to subscribe to their rooms once more.',
  topology: { instances: 3, environment: { HEARTBEAT_MS: '3000' } },
  load: { rooms: 6, clients: 60, messagesPerSecond: 100, textBytes: 120, seconds: 16, warmUpSeconds: 1 },
  faults: [{ kind: 'restart-redis', atSeconds: 3, forSeconds: 1 }],
  // Without the channels the heartbeat still brings everything, up to 3.25 s late.
  budgets: { crossInstanceP99Ms: { steady: 2500 }, steadyAgainSeconds: 9 },
  settleSecondsMax: 8,
})
