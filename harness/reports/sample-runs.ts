/** Test support: a run of each verdict, and one whose texts are as bad as texts can be. */

import type { Example } from '../checkers/finding.ts'
import type { RunResult } from './result.ts'
import { SAMPLE_HTTP, sampleResult, sampleWithoutLoad } from './sample-result.ts'

const BUDGETS = { crossInstanceP99Ms: { steady: 100 }, steadyAgainSeconds: 5 }

/** Two messages lost, and a latency over its limit; one cause besides, for which the run would be invalid. */
const FAILED = sampleResult({ ...BUDGETS, ackP99Ms: 1, crossInstanceP999Ms: 500 }, [3, 14])

export const SAMPLE_RUNS: Readonly<Record<RunResult['verdict'], RunResult>> = {
  pass: sampleResult(BUDGETS),
  fail: {
    ...FAILED,
    memory: [{ instance: 'chat-1', usualMiB: 80, highestMiB: 90, growthMiB: 10, samples: 30 }],
    http: SAMPLE_HTTP,
    redisPauses: [
      { cause: 'aof-fsync-always', seconds: 2, longestMs: 243, longestAtMs: 1_600 },
      { cause: 'command', seconds: 1, longestMs: 21, longestAtMs: 400 },
    ],
  },
  invalid: sampleResult({ ...BUDGETS, crossInstanceP999Ms: 500 }),
}

/** A pass that says nothing of messages: `--load none`. */
export const WITHOUT_LOAD: RunResult = sampleWithoutLoad(BUDGETS).result

/** What breaks XML, Markdown, HTML or a metrics file where it is not escaped. */
export const NASTY =
  '<b onclick="x">&amp; | `tick` *star* _line_ [link](javascript:1) ]]> \\ $x$ \u0000\u0007\u001b[31mred\u001b[0m \ud800 %s {a="b"}\n# head\n- item'

/** The failed run with {@link NASTY} in every text that comes from elsewhere. */
export function nastyRun(): RunResult {
  const run = SAMPLE_RUNS.fail
  const lost = run.findings.lost!
  const nasty = (example: Example): Example => ({ ...example, what: NASTY, client: NASTY, room: NASTY, sender: NASTY })
  return {
    ...run,
    scenario: NASTY,
    command: `npm run scenario '${NASTY}' \`\`\`\``,
    invalidBecause: [NASTY],
    abortedBecause: NASTY,
    environment: { ...run.environment, os: NASTY },
    faults: run.faults.map(fault => ({ ...fault, evidence: NASTY, target: NASTY })),
    redisPauses: run.redisPauses!.map(pause => ({ ...pause, cause: NASTY })),
    budgets: run.budgets.map(budget => ({ ...budget, limitFrom: NASTY })),
    findings: { ...run.findings, lost: { ...lost, examples: lost.examples.map(nasty) } },
  }
}
