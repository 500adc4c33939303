import { defineScenario } from '../harness/scenario/scenario.ts'

export default defineScenario({
  about: 'One room of a thousand, of whom ten talk, beside three hundred rooms of five.',
  topology: { instances: 3 },
  load: {
    // 3 messages a second in the big room make 3,000 deliveries; the 97 in the small ones make 485.
    rooms: [
      { count: 1, clients: 1000, messageShare: 0.03, talkers: 0.01 },
      { count: 300, clients: 5 },
    ],
    messagesPerSecond: 100,
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
    // Nothing breaks, so nothing is late, refused or left unanswered either, however much is said at once.
    late: 0,
    rejected: 0,
    unknown: 0,
    // Six of seven deliveries are the big room's, a thousand at once: the last of them waits for the others, and so does what is said in a small room
    // meanwhile. They keep the generator busy too, and it must not be later than a tenth of this.
    crossInstanceP99Ms: 150,
    ackP99Ms: 150,
  },
})
