import { defineScenario } from '../../harness/scenario/scenario.ts'

/** Runs 24 and 34 of seed 20261124, made small. Clients that left for the new instance had torn down their connections without a word. */
export default defineScenario({
  about: 'An instance is added while another one drains: who moves away from the one that drains is no unclean drain.',
  topology: { instances: 3 },
  load: { rooms: 4, clients: 60, messagesPerSecond: 40, textBytes: 120, seconds: 8 },
  faults: [
    { kind: 'stop-instance', target: 'chat-3', atSeconds: 2, restart: false },
    { kind: 'add-instance', atSeconds: 3 },
  ],
  budgets: { uncleanDrains: 0 },
  settleSecondsMax: 20,
})
