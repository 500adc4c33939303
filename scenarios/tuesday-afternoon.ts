import { defineScenario } from '../harness/scenario/scenario.ts'

export default defineScenario({
  about:
    'Everything at once, and nothing of it very bad: two minutes of slow lines, cuts, deaths, visitors and nonsense.',
  // The service finds dead connections as quickly as the clients do, so that its counts can be judged.
  topology: { instances: 3, environment: { IDLE_PING_MS: '10000', IDLE_MS_MAX: '20000' } },
  // As in `cut-redis`, a little quieter, as the machine has proxies, visitors and restarts to bear as well.
  load: { rooms: 20, clients: 300, messagesPerSecond: 100, textBytes: 120, seconds: 120, warmUpSeconds: 3 },
  instancesDownMax: 1,
  // An instance that was ended has no clients at first: they come back when they are cut off elsewhere. So what breaks links of clients goes to
  // instances that have some by then.
  faults: [
    { kind: 'slow-network', atSeconds: 5, forSeconds: 15, share: 0.3, latencyMs: 60, jitterMs: 40 },
    { kind: 'tab-churn', atSeconds: 6, forSeconds: 90, opensPerSecond: 5 },
    { kind: 'malformed-input', target: 'chat-2', atSeconds: 8, forSeconds: 60, inputsPerSecond: 20 },
    { kind: 'half-open-clients', atSeconds: 10, share: 0.05 },
    { kind: 'cut-clients', atSeconds: 12, share: 0.2 },
    { kind: 'kill-instance', target: 'chat-1', atSeconds: { from: 15, to: 22 } },
    // Half of them go to chat-1, which has been empty since its death.
    { kind: 'cut-clients', target: 'chat-2', atSeconds: 28, share: 0.5 },
    { kind: 'slow-redis', atSeconds: 32, forSeconds: 12, latencyMs: 30, jitterMs: 20 },
    { kind: 'stop-instance', target: 'chat-2', atSeconds: { from: 36, to: 40 } },
    { kind: 'cut-redis', target: 'chat-3', atSeconds: 50, forSeconds: 4 },
    { kind: 'cut-clients', target: 'chat-3', atSeconds: 52, share: 0.3 },
    { kind: 'pause-instance', target: 'chat-1', atSeconds: { from: 60, to: 64 }, forSeconds: 4 },
    { kind: 'slow-network', target: 'chat-3', atSeconds: 62, forSeconds: 10, share: 0.5 },
    { kind: 'restart-redis', atSeconds: 76, forSeconds: 2 },
    { kind: 'half-open-clients', target: 'chat-3', atSeconds: 84, share: 0.1 },
    { kind: 'kill-instance', target: 'random', atSeconds: { from: 88, to: 94 } },
  ],
  budgets: {
    lost: 0,
    duplicated: 0,
    reordered: 0,
    diverged: 0,
    phantom: 0,
    declaredGaps: 0,
    stranded: 0,
    uncleanDrains: 0,
    // Little of it is steady, and then too proxies and visitors share the machine. Else most messages are still quick; the slowest are those
    // to somebody whose connection had died without a word: 20 s until that is found, and a backoff.
    crossInstanceP99Ms: { steady: 200, fault: 26_000 },
    crossInstanceP50Ms: { fault: 500 },
    // No limit on recovery: with so much at once, nobody can say which fault it is from that somebody recovers.
  },
  settleSecondsMax: 60,
})
