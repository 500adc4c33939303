import { defineScenario } from '../harness/scenario/scenario.ts'

export default defineScenario({
  about: 'A fifth of the clients stops reading, so that the service closes them; they resume by pages from the log.',
  topology: {
    instances: 3,
    // The lowest that there is, or the run would be longer.
    environment: { SLOW_READER_BYTES_MAX: '65536' },
  },
  // What is unread fills first the kernel's buffers on the way, some 4 MB, then the instance's own up to its cap. A reader gets 67 messages
  // of 8 kB a second, 0.55 MB, so it is closed after some 8 s; a client that hears nothing gives up after 20 s.
  load: { rooms: 3, clients: 30, messagesPerSecond: 200, textBytes: 8192, seconds: 40, warmUpSeconds: 3 },
  // The first is closed after some 8 s; 14 s after they stopped they read again, the code behind all that they have not read.
  faults: [{ kind: 'slow-readers', atSeconds: 5, share: 0.2, forSeconds: 14 }],
  budgets: {
    lost: 0,
    duplicated: 0,
    reordered: 0,
    diverged: 0,
    phantom: 0,
    declaredGaps: 0,
    stranded: 0,
    // Who reads gets everything in time all the while. Those who do not are a fifth, so what is told of is the half.
    crossInstanceP50Ms: { steady: 100, fault: 200 },
    crossInstanceP99Ms: { steady: 500 },
    ackP99Ms: { steady: 500 },
    steadyAgainSeconds: 25,
  },
})
