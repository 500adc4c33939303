import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { newFolder, readResult, runHarness } from './harness-process.ts'
import { checkSavedRun } from './naive-checker/check-saved-run.ts'

/** Every fourth client is away at any time, while an instance is killed; nothing in it is about latency. */
const SCENARIO = {
  about: 'Clients come and go while an instance dies.',
  topology: { instances: 2 },
  load: {
    rooms: [
      { count: 1, clients: 8 },
      { count: 4, clients: 3 },
    ],
    messagesPerSecond: 40,
    shape: { kind: 'steps', toMessagesPerSecond: [60] },
    talkers: 0.5,
    churn: { clientsPerSecond: 2, awaySeconds: 0.5 },
    textBytes: 64,
    seconds: 8,
    warmUpSeconds: 1,
  },
  faults: [{ kind: 'kill-instance', target: 'chat-2', atSeconds: 3 }],
  budgets: {},
}

test('clients that leave and come back are judged, and both checkers agree', async () => {
  const folder = newFolder()
  try {
    const file = join(folder, 'come-and-go.ts')
    writeFileSync(file, `export default ${JSON.stringify(SCENARIO)}`)
    const out = join(folder, 'run')
    const { exitCode, output } = await runHarness('scenario', file, '--driver', 'process', '--seed', '7', '--out', out)
    expect(exitCode, output).toBe(0)
    const { counts } = readResult(out)
    const naive = await checkSavedRun(out)
    expect(naive).toMatchObject({ lost: 0, duplicated: 0, stranded: 0, phantom: 0 })
    expect(counts).toMatchObject({ ...naive, counterWrong: 0 })
    // Some were away, so not everybody is owed everything.
    const { messages } = readResult(out).size
    expect(counts.obligations).toBeLessThan(messages * 8)
    expect(counts.obligations).toBeGreaterThan(messages)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}, 120_000)
