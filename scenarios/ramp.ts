import { defineScenario } from '../harness/scenario/scenario.ts'

export default defineScenario({
  about: 'The rate goes up evenly to ten times what it was, over forty seconds.',
  topology: { instances: 3 },
  load: {
    rooms: 20,
    clients: 300,
    // 15 members to a room: from 750 deliveries a second to 7,500.
    messagesPerSecond: 50,
    shape: { kind: 'ramp', toMessagesPerSecond: 500 },
    textBytes: 120,
    seconds: 40,
    warmUpSeconds: 3,
  },
  budgets: {
    lost: 0,
    duplicated: 0,
    reordered: 0,
    diverged: 0,
    phantom: 0,
    stranded: 0,
    // Nothing breaks, so nothing is late, refused or left unanswered either, however much is said at once.
    late: 0,
    rejected: 0,
    unknown: 0,
    // Over the whole ramp: what cannot keep up at its end has a tail, for half of all messages come in its last third.
    crossInstanceP99Ms: 100,
    ackP99Ms: 100,
  },
})
