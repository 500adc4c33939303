import { defineScenario } from '../harness/scenario/scenario.ts'

export default defineScenario({
  about: 'Redis dies and comes back empty; rooms go on in a new epoch, and what is gone is declared, not hidden.',
  topology: { instances: 3 },
  load: { rooms: 20, clients: 300, messagesPerSecond: 200, textBytes: 120, seconds: 30, warmUpSeconds: 3 },
  faults: [{ kind: 'restart-redis', atSeconds: 6, signal: 'SIGKILL', forSeconds: 2, data: 'lost' }],
  budgets: {
    lost: 0,
    duplicated: 0,
    reordered: 0,
    diverged: 0,
    phantom: 0,
    stranded: 0,
    // The log of the first nine seconds, warm-up included, is gone: 1,800 messages that everybody had got, each counted once, and what was
    // under way when Redis died, each counted for everybody who did not get it.
    declaredGaps: 3000,
    crossInstanceP99Ms: { steady: 100, fault: 7000 },
    ackP99Ms: { steady: 100 },
    steadyAgainSeconds: 15,
  },
})
