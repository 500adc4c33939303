import { defineScenario } from '../harness/scenario/scenario.ts'

export default defineScenario({
  about: 'No fault at all: three instances under an even load, the yardstick for the others.',
  topology: { instances: 3 },
  // 15 members to a room, 5 on each instance: 200/s make 3,000 deliveries a second, 2,000 of them across instances.
  load: { rooms: 20, clients: 300, messagesPerSecond: 200, textBytes: 120, seconds: 30, warmUpSeconds: 3 },
  budgets: {
    lost: 0,
    duplicated: 0,
    reordered: 0,
    diverged: 0,
    phantom: 0,
    stranded: 0,
    // Where nothing breaks, nothing is late, refused, sent twice or left unanswered either.
    late: 0,
    rejected: 0,
    unknown: 0,
    duplicatedOnWire: 0,
    // Limits for the whole run, since all of it is steady. A tenth of a second is when people begin to notice a wait.
    crossInstanceP99Ms: 100,
    sameInstanceP99Ms: 100,
    ackP99Ms: 100,
  },
})
