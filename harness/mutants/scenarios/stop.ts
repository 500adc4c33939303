import { defineScenario } from '../../scenario/scenario.ts'

export default defineScenario({
  about: 'One of three instances is asked to go, drains, and is started again.',
  topology: { instances: 3 },
  load: { rooms: 6, clients: 60, messagesPerSecond: 100, textBytes: 120, seconds: 14, warmUpSeconds: 1 },
  faults: [{ kind: 'stop-instance', target: 'chat-1', atSeconds: 3 }],
  // The first close of a drain comes at once.
  budgets: { detectSeconds: 3 },
  settleSecondsMax: 8,
})
