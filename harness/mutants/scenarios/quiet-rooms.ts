import { defineScenario } from '../../scenario/scenario.ts'

export default defineScenario({
  about: 'Many rooms in which somebody says something now and then: no next message shows that one is missing.',
  topology: { instances: 3 },
  load: { rooms: 20, clients: 60, messagesPerSecond: 10, textBytes: 120, seconds: 12, warmUpSeconds: 1 },
  budgets: { late: 0 },
  settleSecondsMax: 8,
})
