import { defineScenario } from '../harness/scenario/scenario.ts'

export default defineScenario({
  about: 'SIGKILL for every instance in turn while rooms are busy; each is started again a second later.',
  topology: { instances: 3 },
  // As in `steady`, so that the two can be compared. 45 s hold three kills with 12 s for each.
  load: { rooms: 20, clients: 300, messagesPerSecond: 200, textBytes: 120, seconds: 45, warmUpSeconds: 3 },
  // 12 s: one second down, up to three to start (a container takes longer than a process), three steady ones, and as much again
  // so that the steady phase between two kills is long enough to be judged.
  faults: [{ kind: 'kill-instance', target: 'each', atSeconds: 5, everySeconds: 12, downSeconds: 1 }],
  budgets: {
    lost: 0,
    duplicated: 0,
    reordered: 0,
    diverged: 0,
    phantom: 0,
    stranded: 0,
    // A third of the clients are cut off at once. What they say and what they are owed waits for their backoff, and one try in
    // three hits the dead instance again; all of that counts from the intended send.
    crossInstanceP99Ms: { steady: 100, fault: 3000 },
    ackP99Ms: { steady: 100 },
    reconnectSeconds: 5,
    steadyAgainSeconds: 10,
  },
})
