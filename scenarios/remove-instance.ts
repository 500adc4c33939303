import { defineScenario } from '../harness/scenario/scenario.ts'

export default defineScenario({
  about: 'An instance is taken off the list and told to go while rooms are busy; its clients stay with the others.',
  topology: { instances: 3 },
  load: { rooms: 20, clients: 300, messagesPerSecond: 200, textBytes: 120, seconds: 30, warmUpSeconds: 3 },
  faults: [{ kind: 'remove-instance', atSeconds: 6 }],
  budgets: {
    lost: 0,
    duplicated: 0,
    reordered: 0,
    diverged: 0,
    phantom: 0,
    stranded: 0,
    uncleanDrains: 0,
    // Closes are announced and spread over 5 s, so few clients wait at any moment; none of them tries the instance that goes.
    crossInstanceP99Ms: { steady: 100, fault: 2000 },
    ackP99Ms: { steady: 100 },
    // From the first sign of the stop: the spread of 5 s and a reconnect.
    reconnectSeconds: 12,
    steadyAgainSeconds: 15,
  },
})
