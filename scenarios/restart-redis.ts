import { defineScenario } from '../harness/scenario/scenario.ts'

export default defineScenario({
  about: 'Redis is told to go and comes back with its data two seconds later, as for an update.',
  topology: { instances: 3 },
  load: { rooms: 20, clients: 300, messagesPerSecond: 200, textBytes: 120, seconds: 30, warmUpSeconds: 3 },
  faults: [{ kind: 'restart-redis', atSeconds: 6, signal: 'SIGTERM', forSeconds: 2 }],
  budgets: {
    lost: 0,
    duplicated: 0,
    reordered: 0,
    diverged: 0,
    phantom: 0,
    stranded: 0,
    // Nothing goes anywhere for two seconds, three where Redis is a container. Sends wait, which each instance lets them do for five, and
    // then there are six hundred of them at once.
    crossInstanceP99Ms: { steady: 100, fault: 7000 },
    ackP99Ms: { steady: 100 },
    // From the end of Redis: three seconds away, a second or two until everybody has subscribed again, and as long again to
    // catch up.
    steadyAgainSeconds: 15,
  },
})
