import { defineScenario } from '../../scenario/scenario.ts'

export default defineScenario({
  about: 'Redis is killed and comes back empty, so that every room begins anew.',
  topology: { instances: 3 },
  load: { rooms: 6, clients: 60, messagesPerSecond: 100, textBytes: 120, seconds: 16, warmUpSeconds: 1 },
  faults: [{ kind: 'restart-redis', atSeconds: 5, forSeconds: 1, signal: 'SIGKILL', data: 'lost' }],
  // What Redis has forgotten is gone, and declared: 600 messages to 10 clients each at worst. What this is about is their order.
  budgets: { declaredGaps: 6000 },
  settleSecondsMax: 8,
})
