/** The house as drawn in ARCHITECTURE.md: who may import whom, how long a file may get, which names are not used. */

import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { describe, expect, it } from 'vitest'

const ROOT = import.meta.dirname
const LEFT_OUT = new Set(['node_modules', '.git', '.next', 'runs', 'coverage', 'dist'])
const LINES_MAX = 350
const FORBIDDEN_NAMES = /^(utils?|helpers?|common|misc|shared|lib)(\.ts)?$/
/** Where `shadcn add` looks for the function that joins class names; nothing else may move in. */
const ALLOWED_BY_CONVENTION = 'web/lib/utils.ts'

/**
 * For each room: the rooms and files that it may import, besides itself. Files in `harness/` itself are the pipeline and may import any room
 * of the harness.
 */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  service: [],
  client: ['service/protocol.ts'],
  web: ['client', 'service/environment.ts', 'service/protocol.ts', 'web/demo/demo-state.ts'],
  scripts: ['harness/scenario'],
  scenarios: ['harness/scenario/scenario.ts'],
  'scenarios/k6': [
    'client',
    'harness/k6/metric-names.ts',
    'harness/k6/thresholds.ts',
    'harness/k6/timing.ts',
    'harness/load/message-text.ts',
    'harness/load/pacer.ts',
    'harness/plan',
    'harness/scenario',
    'harness/targets/address-choice.ts',
    'service/protocol.ts',
  ],
  dashboards: [
    'harness/reports/metric-names.ts',
    'harness/scenario/measures.ts',
    'harness/verdict/generator.ts',
    'scenarios/smoke.ts',
    'service/metric-names.ts',
    'service/protocol.ts',
  ],
  bench: [
    'harness/cluster',
    'harness/command-line.ts',
    'harness/interruption.ts',
    'harness/load/fleet.ts',
    'harness/monotonic.ts',
    'harness/plan/plan.ts',
    'service/metric-names.ts',
    'service/protocol.ts',
  ],
  'web/demo': [
    'harness/cluster',
    'harness/http-get.ts',
    'harness/interruption.ts',
    'harness/project.ts',
    'service/protocol.ts',
    'web/build-once.ts',
  ],
  'web/tests': ['harness/browsers', 'harness/proxy', 'service/test-cluster.ts', 'web/build-once.ts'],
  // Tests of the whole system, and what they run.
  stack: ['harness/scenario/scenario.ts', 'service/test-cluster.ts', 'web/build-once.ts'],
  'harness/scenario': [],
  'harness/plan': ['harness/scenario'],
  'harness/ledger': ['harness/plan', 'harness/scenario'],
  'harness/checkers': ['harness/ledger', 'harness/plan', 'harness/scenario'],
  'harness/curves': ['harness/checkers', 'harness/ledger', 'harness/plan', 'harness/scenario'],
  'harness/naive-checker': ['harness/ledger', 'harness/plan', 'harness/scenario'],
  'harness/verdict': ['harness/checkers', 'harness/ledger', 'harness/plan', 'harness/scenario'],
  'harness/test-histories': [
    'harness/checkers/fault-window.ts',
    'harness/ledger',
    'harness/naive-checker/raw-record.ts',
    'harness/plan',
    'harness/scenario',
    'harness/verdict',
  ],
  'harness/mutants': [
    'harness/faults/catalogue.ts',
    'harness/interruption.ts',
    'harness/ledger',
    'harness/naive-checker/raw-record.ts',
    'harness/plan',
    'harness/reports/result.ts',
    'harness/scenario',
    'harness/test-histories',
    'harness/verdict',
  ],
  'harness/cluster': ['harness/project.ts', 'harness/proxy', 'harness/http-get.ts'],
  'harness/proxy': [],
  'harness/faults': [
    'harness/cluster/cluster.ts',
    'harness/http-get.ts',
    'harness/ledger/ledger.ts',
    'harness/plan',
    'harness/proxy',
    'harness/scenario',
    'harness/visitors/visitors.ts',
    'service/metric-names.ts',
    'service/protocol.ts',
  ],
  'harness/visitors': ['harness/monotonic.ts', 'harness/project.ts', 'harness/plan/random.ts', 'service/protocol.ts'],
  'harness/websocket': [],
  'harness/targets': [
    'client',
    'service/protocol.ts',
    'harness/ledger/ledger.ts',
    'harness/monotonic.ts',
    'harness/websocket',
  ],
  'harness/browsers': [
    'client',
    'harness/cluster/owner.ts',
    'harness/cluster/ports.ts',
    'harness/http-get.ts',
    'harness/ledger/ledger.ts',
    'harness/load/load-messages.ts',
    'harness/load/message-text.ts',
    'harness/project.ts',
    'harness/targets',
    'service/protocol.ts',
  ],
  'harness/http-load': [
    'harness/ledger',
    'harness/load/fleet.ts',
    'harness/load/message-text.ts',
    'harness/plan/plan.ts',
    'harness/project.ts',
    'harness/scenario',
    'harness/monotonic.ts',
  ],
  'harness/load': [
    'harness/browsers/page-target.ts',
    'harness/ledger',
    'harness/monotonic.ts',
    'harness/plan',
    'harness/project.ts',
    'harness/scenario',
    'harness/targets',
  ],
  'harness/reports': [
    'harness/browsers/chromium.ts',
    'harness/called.ts',
    'harness/checkers',
    'harness/curves',
    'harness/ledger',
    'harness/plan',
    'harness/scenario',
    'harness/verdict',
    'harness/monotonic.ts',
    'service/metric-names.ts',
  ],
  'harness/run-list': [
    'harness/cluster/owner.ts',
    'harness/reports',
    'harness/run-folder.ts',
    'harness/scenario',
    'harness/verdict',
  ],
  'harness/k6': ['harness/command-flags.ts', 'harness/explore/source-text.ts', 'harness/scenario'],
  'harness/explore': [
    'harness/called.ts',
    'harness/cluster/cluster.ts',
    'harness/faults/catalogue.ts',
    'harness/ledger',
    'harness/plan',
    'harness/project.ts',
    'harness/reports',
    'harness/run-folder.ts',
    'harness/scenario',
    'harness/service-folder.ts',
    'harness/verdict',
  ],
  'harness/capacity': [
    'harness/checkers/latency.ts',
    'harness/cluster/cluster.ts',
    'harness/explore/run-scenario-file.ts',
    'harness/explore/write-regression.ts',
    'harness/ledger',
    'harness/plan',
    'harness/project.ts',
    'harness/reports',
    'harness/run-folder.ts',
    'harness/scenario',
    'harness/service-folder.ts',
    'harness/verdict',
  ],
  'harness/compare': [
    'harness/checkers',
    'harness/curves',
    'harness/reports',
    'harness/run-folder.ts',
    'harness/run-list',
    'harness/scenario',
    'harness/verdict',
  ],
  harness: [
    'harness/browsers',
    'harness/capacity',
    'harness/checkers',
    'harness/cluster',
    'harness/compare',
    'harness/curves',
    'harness/explore',
    'harness/faults',
    'harness/http-load',
    'harness/k6',
    'harness/ledger',
    'harness/load',
    'harness/plan',
    'harness/proxy',
    'harness/reports',
    'harness/run-list',
    'harness/scenario',
    'harness/targets',
    'harness/verdict',
    'harness/visitors',
  ],
}

/** Packages that one place alone may know. */
const ONE_IMPORTER: Readonly<Record<string, readonly string[]>> = {
  autocannon: ['harness/http-load/http-connection.ts'],
  dockerode: ['harness/cluster/docker-engine.ts'],
  ws: [
    'harness/k6/stand-in/websockets.ts',
    'harness/visitors/visitor-socket.ts',
    ...['service/connection.ts', 'service/socket-writer.ts', 'service/socket-route.ts', 'service/test-client.ts'],
  ],
}

/** Rooms that are pure: no file system, network, processes or clock. */
const PURE = [
  'harness/plan',
  'harness/checkers',
  'harness/curves',
  'harness/naive-checker',
  'harness/verdict',
  'client',
]
/** Doors of pure rooms: they read files and hand over what is in them. */
const NOT_PURE = ['harness/naive-checker/check-saved-run.ts']
const IMPURE = /from 'node:|\bDate\.now\(|\bperformance\.|\bprocess\.|\bMath\.random\(|\bset(?:Timeout|Interval)\(/

interface SourceFile {
  readonly path: string
  readonly text: string
  readonly imports: readonly string[]
}

function walk(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap(entry => {
    if (LEFT_OUT.has(entry.name)) return []
    const path = join(folder, entry.name)
    return entry.isDirectory() ? walk(path) : [path]
  })
}

function portable(path: string): string {
  return relative(ROOT, path).split(sep).join('/')
}

function readSource(path: string): SourceFile {
  const text = readFileSync(path, 'utf8')
  const code = text.replaceAll(/\/\*[\s\S]*?\*\//g, '')
  const imports = [...code.matchAll(/(?:from|import\()\s*'([^']+)'/g)].map(([, specifier]) => {
    return specifier!.startsWith('.') ? portable(join(dirname(path), specifier!)) : specifier!
  })
  return { path: portable(path), text: code, imports }
}

const paths = walk(ROOT)
const files = paths.filter(path => path.endsWith('.ts')).map(readSource)
const code = files.filter(({ path }) => !path.endsWith('.test.ts') && path.includes('/'))

function roomOf(path: string): string {
  const parts = path.split('/')
  const inner = ['scenarios/k6', 'web/demo', 'web/tests'].find(room => path.startsWith(`${room}/`))
  if (inner !== undefined) return inner
  return parts[0] === 'harness' && parts.length > 2 ? `harness/${parts[1]}` : parts[0]!
}

describe('the house', () => {
  it('has files in every room that is drawn', () => {
    const rooms = new Set(code.map(({ path }) => roomOf(path)))
    expect(Object.keys(MAY_IMPORT).filter(room => !rooms.has(room))).toEqual([])
  })

  it('keeps the directions of imports', () => {
    const wrong = code.flatMap(({ path, imports }) => {
      const room = roomOf(path)
      const allowed = [room, ...(MAY_IMPORT[room] ?? [])]
      return imports
        .filter(target => target.endsWith('.ts'))
        .filter(target => !allowed.some(place => target === place || roomOf(target) === place))
        .map(target => `${path} imports ${target}`)
    })
    expect(wrong).toEqual([])
  })

  it('lets one place alone know what others should not', () => {
    const wrong = code.flatMap(({ path, imports }) =>
      imports
        .filter(name => ONE_IMPORTER[name] !== undefined && !ONE_IMPORTER[name].includes(path))
        .map(name => `${path} imports ${name}`),
    )
    expect(wrong).toEqual([])
  })

  it('keeps the pure rooms pure', () => {
    const pure = code.filter(({ path }) => PURE.includes(roomOf(path)) && !NOT_PURE.includes(path))
    const wrong = pure.filter(({ text }) => IMPURE.test(text))
    expect(wrong.map(({ path }) => path)).toEqual([])
  })

  it('keeps the chat of the page free of what draws it', () => {
    const chat = files.filter(({ path }) => path.startsWith('web/chat/'))
    const wrong = chat.filter(({ imports }) => imports.some(name => /^(?:react|next|virtua)\b|components/.test(name)))
    expect(chat).not.toEqual([])
    expect(wrong.map(({ path }) => path)).toEqual([])
  })

  it('has no file that has become two', () => {
    const long = files.map(({ path }) => ({ path, lines: readFileSync(join(ROOT, path), 'utf8').split('\n').length }))
    expect(long.filter(({ path, lines }) => lines > LINES_MAX && !path.endsWith('.test.ts'))).toEqual([])
  })

  it('has no place for what has no place', () => {
    const others = paths.map(portable).filter(path => path !== ALLOWED_BY_CONVENTION)
    const names = others.flatMap(path => path.split('/'))
    expect(names.filter(name => FORBIDDEN_NAMES.test(name))).toEqual([])
  })

  it('switches no test off', () => {
    const off = files.filter(
      ({ path, text }) => path.endsWith('.test.ts') && /\b(?:it|describe|test)\.(?:skip|only|todo)\b/.test(text),
    )
    expect(off.map(({ path }) => path)).toEqual([])
  })

  it('runs in continuous integration what the README tells', () => {
    const readme = readFileSync(join(ROOT, 'README.md'), 'utf8')
    const commands = [...readme.matchAll(/^npm ci && .*$|^npm run setup -- .*$/gm)].map(([line]) => line)
    const script = readFileSync(join(ROOT, '.ci', 'run'), 'utf8').split(/\n\s*/)
    expect(commands).toHaveLength(2)
    for (const command of commands) expect(script).toContain(command)
  })
})
