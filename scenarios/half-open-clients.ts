import { defineScenario } from '../harness/scenario/scenario.ts'

export default defineScenario({
  about:
    'A fifth of the connections dies without a word to either side; clients and service have to find out by themselves.',
  // The service finds out as quickly as the clients, so that its counts can be judged by the end.
  topology: { instances: 3, environment: { IDLE_PING_MS: '10000', IDLE_MS_MAX: '20000' } },
  // As in `cut-redis`. A client finds out after at most 20 s, so the load goes on for longer than that.
  load: { rooms: 20, clients: 300, messagesPerSecond: 150, textBytes: 120, seconds: 35, warmUpSeconds: 3 },
  faults: [{ kind: 'half-open-clients', atSeconds: 3, share: 0.2 }],
  budgets: {
    lost: 0,
    duplicated: 0,
    reordered: 0,
    diverged: 0,
    phantom: 0,
    declaredGaps: 0,
    stranded: 0,
    crossInstanceP99Ms: { steady: 100 },
    // Four in five notice nothing. The others are told later, from the log.
    crossInstanceP50Ms: { recovery: 100 },
    // After 10 s of silence a client asks, and after 10 s without an answer it knows.
    steadyAgainSeconds: 28,
  },
})
