import { defineScenario } from '../harness/scenario/scenario.ts'

export default defineScenario({
  about: 'Twenty clients a second leave their rooms and come back three seconds later, while the others talk on.',
  topology: { instances: 3 },
  load: {
    rooms: 20,
    clients: 300,
    messagesPerSecond: 150,
    // 60 of 300 are away at any time; by the end six of ten have been away more than once.
    churn: { clientsPerSecond: 20, awaySeconds: 3 },
    textBytes: 120,
    seconds: 30,
    warmUpSeconds: 3,
  },
  budgets: {
    lost: 0,
    duplicated: 0,
    reordered: 0,
    diverged: 0,
    phantom: 0,
    stranded: 0,
    // Whoever leaves by itself has not lost its connection.
    reconnectsPerSecondMax: 0,
    // Leaving and joining are more work than talking: each changes the counts of a room.
    crossInstanceP99Ms: 150,
    ackP99Ms: 150,
  },
})
