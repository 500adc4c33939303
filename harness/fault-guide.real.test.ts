/** Keeps `docs/writing-a-fault.md` true: its pieces are put into a copy of the harness, which then compiles, and runs the scenario. */

import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { readResult } from './harness-process.ts'
import { codeBlocks } from './test-guide.ts'
import { TestProject } from './test-project.ts'

const REPOSITORY = join(import.meta.dirname, '..')
const GUIDE = 'docs/writing-a-fault.md'

function piece(name: string): string {
  const [code] = codeBlocks(GUIDE, `ts ${name}`)
  expect(code, name).toBeDefined()
  return code!
}

it('the fault of the guide compiles, fires with evidence, and heals', async () => {
  await using project = new TestProject({})
  const edit = (path: string, before: string, inserted: string) => {
    const file = join(project.folder, path)
    const text = readFileSync(file, 'utf8')
    expect(text).toContain(before)
    writeFileSync(
      file,
      text.replace(before, () => inserted + before),
    )
  }
  edit('harness/scenario/fault-kinds.ts', '} as const satisfies Record<string, FaultKind>', piece('row'))
  writeFileSync(join(project.folder, 'harness/faults/stop-append-file.ts'), piece('stop-append-file'))
  edit('harness/faults/catalogue.ts', 'import { stopInstance }', piece('catalogue-import'))
  edit('harness/faults/catalogue.ts', "  'pause-instance': pauseInstance", piece('catalogue-line'))
  edit('harness/explore/fault-draws.ts', "  'fill-redis': {", piece('draws'))
  writeFileSync(join(project.folder, 'scenarios/stop-append-file.ts'), piece('scenario'))

  const settings = { extends: '../../tsconfig.json', include: ['harness/main.ts', 'scenarios'], exclude: [] }
  writeFileSync(join(project.folder, 'tsconfig.json'), JSON.stringify(settings))
  const compiler = join(REPOSITORY, 'node_modules', 'typescript', 'bin', 'tsc')
  const compiled = spawnSync(process.execPath, [compiler, '--noEmit'], { cwd: project.folder, encoding: 'utf8' })
  expect(compiled.stdout).toBe('')

  const end = await project.run('stop-append-file', 'process', 'out')
  expect(end.exitCode, end.output).toBe(0)
  const { faults } = readResult(join(project.folder, 'out'))
  expect(faults).toMatchObject([
    {
      kind: 'stop-append-file',
      target: 'redis',
      status: 'fired',
      evidence: 'Redis says appendonly no, and said yes before',
    },
  ])
  expect(faults[0]!.healedAtMs! - faults[0]!.firedAtMs!).toBeGreaterThanOrEqual(2000)
})
