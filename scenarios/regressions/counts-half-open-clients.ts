import { defineScenario } from '../../harness/scenario/scenario.ts'

/** Run 14 of seed 20261124, shrunk. The run was over before 25 s had passed, and its counts were left unknown although they were right. */
export default defineScenario({
  about: 'Connections go half-open shortly before a run ends: counts that are right at the end are known to be right.',
  topology: { instances: 1, environment: { IDLE_PING_MS: '10000', IDLE_MS_MAX: '20000' } },
  load: { rooms: 1, clients: 4, messagesPerSecond: 10, textBytes: 211, seconds: 3 },
  faults: [{ kind: 'half-open-clients', target: 'chat-1', atSeconds: 1, share: 0.5 }],
  budgets: { counterWrong: 0 },
  settleSecondsMax: 20,
})
