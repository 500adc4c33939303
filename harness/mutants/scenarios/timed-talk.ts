import { defineScenario } from '../../scenario/scenario.ts'

export default defineScenario({
  about: 'Everybody talks and nothing breaks, and the time that it takes is limited.',
  topology: { instances: 3 },
  load: { rooms: 6, clients: 60, messagesPerSecond: 120, textBytes: 120, seconds: 12, warmUpSeconds: 1 },
  // Far above what a healthy cluster needs, so that a busy machine breaks none of them, and below what the mutants add.
  budgets: { crossInstanceP99Ms: 1000, sameInstanceP99Ms: 1000, ackP99Ms: 1000 },
  settleSecondsMax: 8,
})
