import { defineScenario } from '../harness/scenario/scenario.ts'

export default defineScenario({
  about: 'The shortest whole proof: two instances, one killed in the middle of the load and started again.',
  topology: { instances: 2 },
  // 10 members to a room: 200/s make 2,000 deliveries a second, about half of them across instances. With two instances everybody
  // is on the other one once one is dead, and stays there, so most of what crosses does so in the 5 s before the kill: about 5,000.
  load: { rooms: 8, clients: 80, messagesPerSecond: 200, textBytes: 120, seconds: 15, warmUpSeconds: 2 },
  // Down for 1 s and up again after one or two more, which leaves time for the three steady seconds that end the recovery.
  faults: [{ kind: 'kill-instance', target: 'random', atSeconds: 5, downSeconds: 1 }],
  budgets: {
    lost: 0,
    duplicated: 0,
    reordered: 0,
    diverged: 0,
    phantom: 0,
    stranded: 0,
    // No limit for the fault: nothing crosses while all clients are on one instance, and a p99 takes a thousand samples.
    crossInstanceP99Ms: { steady: 100 },
    ackP99Ms: { steady: 100 },
    // The client's waits grow from 0.1 s; half of its tries hit the dead instance while it is down.
    reconnectSeconds: 5,
    steadyAgainSeconds: 8,
  },
})
