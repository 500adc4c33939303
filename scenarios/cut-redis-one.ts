import { defineScenario } from '../harness/scenario/scenario.ts'

export default defineScenario({
  about:
    'One instance is cut off from Redis: first what it writes is lost on the way, later its connections are reset.',
  topology: { instances: 3 },
  // As in `cut-redis`; two cuts with 15 s for each.
  load: { rooms: 20, clients: 300, messagesPerSecond: 150, textBytes: 120, seconds: 35, warmUpSeconds: 3 },
  faults: [
    // One direction: what goes out is gone, while what comes in flows on. The instance only learns of it by its own deadline.
    { kind: 'cut-redis', target: 'chat-1', atSeconds: 5, forSeconds: 4, direction: 'to-redis' },
    { kind: 'cut-redis', target: 'chat-2', atSeconds: 20, forSeconds: 4, how: 'reset' },
  ],
  budgets: {
    lost: 0,
    duplicated: 0,
    reordered: 0,
    diverged: 0,
    phantom: 0,
    declaredGaps: 0,
    stranded: 0,
    // A third of the clients waits for the cut to end, as in `cut-redis`; the others notice nothing among themselves. Between instances
    // up to four of the six ways lead to or from the one that is cut off, so the median there may be either.
    sameInstanceP50Ms: { fault: 100 },
    crossInstanceP99Ms: { steady: 100, fault: 12_000 },
    ackP99Ms: { steady: 100 },
    steadyAgainSeconds: 12,
  },
})
