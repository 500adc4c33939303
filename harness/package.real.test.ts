/** The npm package as its users have it: packed, installed into an empty project, and run with a scenario that is kept there. */

import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { codeBlocks } from './test-guide.ts'

const REPOSITORY = join(import.meta.dirname, '..')
/** A quarter above what it is, 600 kB with the pages and a lock file for the image: beyond it something got in that nobody asked for, such as pictures. */
const TARBALL_BYTES_MAX = 750_000
const QUIET = ['--no-audit', '--no-fund', '--loglevel=error']

let project: string
let tarball: string

/** As npm's own scripts and other people's shells have it: nothing of the repository's environment. */
const { NODE_COMPILE_CACHE: _, CI: __, ...environment } = process.env

function run(command: string, ...args: string[]) {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: project, env: environment, encoding: 'utf8' })
  return { status, output: stdout + stderr }
}

/** `npx tuesday`, without npx's own start. */
function tuesday(...args: string[]) {
  return run(join(project, 'node_modules', '.bin', 'tuesday'), ...args)
}

function put(path: string, text: string): void {
  mkdirSync(join(project, path, '..'), { recursive: true })
  writeFileSync(join(project, path), text)
}

beforeAll(() => {
  project = mkdtempSync(join(tmpdir(), 'tuesday-package-'))
  execFileSync('npm', ['pack', '--pack-destination', project, ...QUIET], { cwd: REPOSITORY, stdio: 'pipe' })
  const { version } = JSON.parse(readFileSync(join(REPOSITORY, 'package.json'), 'utf8')) as { version: string }
  tarball = `tuesday-${version}.tgz`
  put('package.json', JSON.stringify({ name: 'somebody-elses', private: true, type: 'module' }))
  const install = run('npm', 'install', `./${tarball}`, '--prefer-offline', '--ignore-scripts', ...QUIET)
  if (install.status !== 0) throw new Error(install.output)
}, 180_000)

afterAll(() => {
  rmSync(project, { recursive: true, force: true })
})

describe('the package', () => {
  it('is small, and has no tests, sources or runs in it', () => {
    expect(statSync(join(project, tarball)).size).toBeLessThan(TARBALL_BYTES_MAX)
    const files = execFileSync('tar', ['-tzf', join(project, tarball)], { encoding: 'utf8' })
      .trim()
      .split('\n')
    const expected =
      /^package\/(dist\/(harness|service|client|scenarios)\/|dist\/stack\/haproxy\/haproxy\.cfg$|dist\/(Dockerfile|package(-lock)?\.json)$|README|LICENSE|CHANGELOG|package\.json)/
    expect(files.filter(file => !expected.test(file))).toEqual([])
    expect(files).toContain('package/dist/stack/haproxy/haproxy.cfg')
    expect(files.filter(file => /\.test\.|\/test-|(?<!\.d)\.ts$/.test(file))).toEqual([])
  })

  it('declares everything that its modules import, and the service nothing that only the harness needs', () => {
    const folder = join(project, 'node_modules', 'tuesday')
    const declared = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Record<string, object>
    const modules = readdirSync(join(folder, 'dist'), { recursive: true, encoding: 'utf8' })
    const undeclared = modules.flatMap(file => {
      if (!file.endsWith('.js')) return []
      const text = readFileSync(join(folder, 'dist', file), 'utf8').replaceAll(/\/\*[\s\S]*?\*\//g, '')
      const names = [...text.matchAll(/(?:from |import |import\()'([@\w][\w./:-]*)'/g)].map(([, name]) => name!)
      const packages = names.map(name => name.split('/', name.startsWith('@') ? 2 : 1).join('/'))
      const mayImport = {
        ...declared.dependencies,
        ...(file.startsWith('harness') ? declared.optionalDependencies : {}),
      }
      return packages
        .filter(name => !name.startsWith('node:') && !(name in mayImport))
        .map(name => `${file} imports ${name}`)
    })
    expect(undeclared).toEqual([])
  })
})

describe('in a project of its own', () => {
  it('runs and judges a scenario that is kept there, and judges the run again', () => {
    const [scenario] = codeBlocks('docs/gate.md', 'ts')
    put('scenarios/gate.ts', scenario!)
    // Loose, so that a load that is late on a busy machine says nothing against the run.
    const flags = ['--driver', 'process', '--seed', '7', '--seconds', '6', '--budget', 'crossInstanceP99Ms.steady=5000']
    const end = tuesday('scenario', 'scenarios/gate.ts', ...flags)
    expect(end.status, end.output).toBe(0)
    expect(end.output).toMatch(/verdict: pass\n$/)
    expect(end.output).toContain('again:   npx tuesday scenario scenarios/gate.ts --driver process --seed 7')
    const result = JSON.parse(readFileSync(join(project, 'runs', 'latest', 'result.json'), 'utf8'))
    expect(result).toMatchObject({ scenario: 'gate', verdict: 'pass', counts: { lost: 0 } })
    expect(result.counts.deliveredAcross).toBeGreaterThan(500)
    const again = tuesday('check', 'runs/latest')
    expect(again.status, again.output).toBe(0)
  }, 60_000)

  it('writes the pages of a run and of a comparison, and lists the run', () => {
    const page = readFileSync(join(project, 'runs', 'latest', 'report.html'), 'utf8')
    expect(page).toContain('uPlot')
    expect(page).toContain('npx tuesday check judges it again')
    const runs = tuesday('runs')
    expect(runs).toMatchObject({ status: 0, output: expect.stringMatching(/^1 .* gate +process +pass /m) })
    const comparison = tuesday('compare', '1', 'runs/latest')
    expect(comparison.status, comparison.output).toBe(0)
    expect(readFileSync(join(project, 'runs', 'latest', 'compare.html'), 'utf8')).toContain('uPlot')
  })

  it('says that scripts of k6 are made in the repository', () => {
    expect(tuesday('k6', 'steady')).toMatchObject({ status: 2, output: expect.stringContaining('working copy') })
  })

  it('lists the scenarios that come with it', () => {
    const { status, output } = tuesday('scenario')
    expect(status).toBe(0)
    for (const name of ['smoke', 'rolling-restart', 'tuesday-afternoon'])
      expect(output).toMatch(new RegExp(`^${name} +\\w`, 'm'))
  })

  it('calls its commands as they are called there', () => {
    const { status, output } = tuesday('--help')
    expect(status).toBe(0)
    expect(output).toContain('npx tuesday scenario <name> [flags]')
    expect(output).not.toContain('npm run')
    expect(tuesday('scenario', 'smok')).toMatchObject({ status: 2, output: expect.stringContaining('"smoke"') })
  })

  it('tells what to do where the project takes .ts files for CommonJS', () => {
    put('old/package.json', '{ "type": "commonjs" }')
    put('old/gate.ts', readFileSync(join(project, 'scenarios', 'gate.ts'), 'utf8'))
    const { status, output } = tuesday('scenario', 'old/gate.ts')
    expect(status, output).toBe(2)
    expect(output).toContain('Name the file .mts, or say "type": "module" in package.json.')
    expect(output).not.toMatch(/^\s+at /m)
  })

  it('has types: a scenario is checked while it is written', () => {
    const check = (file: string) => {
      const tsc = join(REPOSITORY, 'node_modules', 'typescript', 'bin', 'tsc')
      return run(process.execPath, tsc, '--noEmit', '--strict', '--module', 'nodenext', '--types', '', file)
    }
    put(
      'scenarios/wrong.ts',
      readFileSync(join(project, 'scenarios', 'gate.ts'), 'utf8').replace('instances:', 'instance:'),
    )
    expect(check('scenarios/gate.ts')).toEqual({ status: 0, output: '' })
    expect(check('scenarios/wrong.ts').output).toMatch(/wrong\.ts.*'?instance'? does not exist in type 'Topology'/)
  })
})
