import { defineScenario } from '../harness/scenario/scenario.ts'

export default defineScenario({
  about:
    'SIGTERM for every instance in turn while rooms are busy, as a deployment does; each drains and is started again.',
  topology: { instances: 3 },
  // As in `steady`, so that the two can be compared. 60 s hold three drains with 18 s for each.
  load: { rooms: 20, clients: 300, messagesPerSecond: 200, textBytes: 120, seconds: 60, warmUpSeconds: 3 },
  // 18 s: a drain spreads its closes over 5 s and is over after 6 or 7, or 10 behind a balancer, which is told 3 s before; the instance is
  // back after 2 more, then three steady seconds; the rest keeps one instance's recovery clear of the next one's drain.
  faults: [{ kind: 'stop-instance', target: 'each', atSeconds: 5, everySeconds: 18, downSeconds: 1 }],
  budgets: {
    lost: 0,
    duplicated: 0,
    reordered: 0,
    diverged: 0,
    phantom: 0,
    stranded: 0,
    // Every stopped instance exits with 0 in time and tells each client why it closes.
    uncleanDrains: 0,
    // Closes are announced and spread, so few clients wait at any moment; those few wait for a reconnect all the same.
    crossInstanceP99Ms: { steady: 100, fault: 3000 },
    ackP99Ms: { steady: 100 },
    // From the first sign of the stop: the spread of 5 s and a reconnect.
    reconnectSeconds: 12,
    steadyAgainSeconds: 15,
  },
})
