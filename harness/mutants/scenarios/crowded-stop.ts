import { defineScenario } from '../../scenario/scenario.ts'

export default defineScenario({
  about: 'One of two instances is asked to go, with many clients on it, who are to come back a few at a time.',
  topology: { instances: 2 },
  load: { rooms: 20, clients: 200, messagesPerSecond: 50, textBytes: 120, seconds: 14, warmUpSeconds: 1 },
  faults: [{ kind: 'stop-instance', target: 'chat-1', atSeconds: 3 }],
  // 100 clients over the 5 s of a drain are 20 in a second; chance puts some more into one.
  budgets: { reconnectsPerSecondMax: 50 },
  settleSecondsMax: 8,
})
