import { defineScenario } from '../harness/scenario/scenario.ts'
import hundredThousand from './hundred-thousand.ts'

export default defineScenario({
  ...hundredThousand,
  about:
    'As hundred-thousand, and one of seven instances is killed: fourteen thousand clients come back to the others at once.',
  // 14,286 connections on each, and 16,667 on each of the six that are left: a process may have 20,000 open files.
  topology: { ...hundredThousand.topology, instances: 7 },
  faults: [{ kind: 'kill-instance', target: 'chat-3', atSeconds: 15, downSeconds: 5 }],
  budgets: {
    ...hundredThousand.budgets,
    crossInstanceP90Ms: { steady: 1000 },
    ackP90Ms: { steady: 1000 },
    reconnectSeconds: 30,
    steadyAgainSeconds: 45,
  },
})
