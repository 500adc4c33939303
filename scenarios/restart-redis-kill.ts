import { defineScenario } from '../harness/scenario/scenario.ts'

export default defineScenario({
  about: 'Redis dies of SIGKILL in the middle of its work and comes back with its data two seconds later.',
  // What was acknowledged was on the disk, so the death takes nothing with it.
  topology: { instances: 3, appendFsync: 'always' },
  load: { rooms: 20, clients: 300, messagesPerSecond: 200, textBytes: 120, seconds: 30, warmUpSeconds: 3 },
  faults: [{ kind: 'restart-redis', atSeconds: 6, signal: 'SIGKILL', forSeconds: 2 }],
  budgets: {
    lost: 0,
    duplicated: 0,
    reordered: 0,
    diverged: 0,
    phantom: 0,
    stranded: 0,
    // As in `restart-redis`: nothing goes anywhere for two seconds. What was under way when it died is sent again.
    crossInstanceP99Ms: { steady: 100, fault: 7000 },
    ackP99Ms: { steady: 100 },
    steadyAgainSeconds: 15,
  },
})
