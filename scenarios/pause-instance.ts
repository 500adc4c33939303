import { defineScenario } from '../harness/scenario/scenario.ts'

export default defineScenario({
  about: 'An instance is frozen for five seconds with all its sockets open, and thawed; twice.',
  topology: { instances: 3 },
  // As in `kill-instance`, so that the two can be compared.
  load: { rooms: 20, clients: 300, messagesPerSecond: 200, textBytes: 120, seconds: 34, warmUpSeconds: 3 },
  // 15 s: five frozen, up to three until Redis and clients have been caught up with, three steady ones, and a rest to be judged.
  faults: [{ kind: 'pause-instance', atSeconds: 5, forSeconds: 5, times: 2, everySeconds: 15 }],
  budgets: {
    lost: 0,
    duplicated: 0,
    reordered: 0,
    diverged: 0,
    phantom: 0,
    stranded: 0,
    // A third of the clients hear nothing for five seconds, and then all of it at once; nobody has to connect again for that.
    crossInstanceP99Ms: { steady: 100, fault: 7000 },
    ackP99Ms: { steady: 100 },
    // From the freezing: the five seconds, and what it takes to catch up.
    steadyAgainSeconds: 12,
  },
})
