import { defineScenario } from '../../scenario/scenario.ts'

export default defineScenario({
  about: 'One of three instances is killed and started again; its clients resume on the others.',
  topology: { instances: 3 },
  // 16 messages a second in each room, so that everybody who is away for a tenth of a second misses some. 17 s leave the 10 s after which
  // the counter has to be right again.
  load: { rooms: 6, clients: 60, messagesPerSecond: 100, textBytes: 120, seconds: 17, warmUpSeconds: 1 },
  faults: [{ kind: 'kill-instance', target: 'chat-1', atSeconds: 3 }],
  budgets: { duplicatedOnWire: 0, reconnectSeconds: 5, firstCrossSeconds: 5, steadyAgainSeconds: 8 },
  settleSecondsMax: 8,
})
