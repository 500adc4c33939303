import { defineScenario } from '../../scenario/scenario.ts'

export default defineScenario({
  about: 'One of three instances is cut off from Redis for longer than a send waits, and refuses sends then.',
  topology: { instances: 3 },
  load: { rooms: 6, clients: 60, messagesPerSecond: 100, textBytes: 120, seconds: 16, warmUpSeconds: 1 },
  // A send waits 5 s for Redis, so those of the first 3 s are refused, and sent again by their clients.
  faults: [{ kind: 'cut-redis', target: 'chat-1', atSeconds: 3, forSeconds: 8, how: 'reset' }],
  budgets: {},
  settleSecondsMax: 20,
})
