import { defineScenario } from '../../scenario/scenario.ts'

export default defineScenario({
  about: 'Everybody talks and nothing breaks, so that whatever is wrong is the service’s own doing.',
  topology: { instances: 3 },
  // 10 members to a room: 100/s make 1,000 deliveries a second, so that one in a thousand is a dozen.
  load: { rooms: 6, clients: 60, messagesPerSecond: 100, textBytes: 120, seconds: 12, warmUpSeconds: 1 },
  budgets: { late: 0, rejected: 0, unknown: 0, duplicatedOnWire: 0 },
  settleSecondsMax: 8,
})
