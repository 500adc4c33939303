/**
 * Five minutes with 2,000 clients: does the harness's own memory stay flat, and how large is the ledger? Part of `npm run test:full`; alone:
 * `node scripts/soak.ts`. Linux only, since it reads /proc.
 */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const CLIENTS = 2_000
const ROOMS = 100
const SECONDS = 300
const SAMPLE_EVERY_MS = 2_000
const LEDGER_MIB_MAX = 50
/** The last third of the load against the second: a leak of one megabyte a second would be 100 more. */
const GROWTH_MIB_MAX = 30
/** Memory that V8 has not collected yet comes and goes; the least of a stretch is what is held. */
const SAMPLES_A_STRETCH_MIN = 10
const PAGE_BYTES = 4_096
const MIB = 1_048_576

export interface SoakOutcome {
  readonly at: string
  readonly verdict: string
  readonly seconds: number
  readonly messages: number
  readonly delivered: number
  readonly ledgerMiB: number
  /** By process of the harness: held memory in MiB, the least of the second and of the last third of the load. */
  readonly memory: readonly {
    readonly process: string
    readonly secondThirdMiB: number
    readonly lastThirdMiB: number
  }[]
  /** What is not as it should be; empty where all is well. */
  readonly problems: readonly string[]
}

interface Sample {
  readonly process: string
  readonly atMs: number
  readonly mib: number
}

export async function soak(root: string, folder: string): Promise<SoakOutcome> {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const size = ['--clients', CLIENTS, '--rooms', ROOMS, '--seconds', SECONDS].map(String)
  const args = ['harness/main.ts', 'scenario', 'steady', '--driver', 'process', '--out', folder, ...size]
  const harness = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] })
  const ended = once(harness, 'exit')
  const samples = await sampleUntilEnd(harness)
  await ended
  return judge(folder, samples)
}

async function sampleUntilEnd(harness: ChildProcess): Promise<Sample[]> {
  const samples: Sample[] = []
  const beganAtMs = performance.now()
  while (harness.exitCode === null && harness.signalCode === null) {
    const atMs = performance.now() - beganAtMs
    for (const { name, pid } of ownProcesses(harness.pid!)) {
      const mib = residentMiB(pid)
      if (mib !== null) samples.push({ process: name, atMs, mib })
    }
    await sleep(SAMPLE_EVERY_MS)
  }
  return samples
}

/** The coordinator and its load workers; instances and Redis are not the harness's own. */
function ownProcesses(harness: number): { name: string; pid: number }[] {
  const children = readText(`/proc/${harness}/task/${harness}/children`).trim().split(' ').filter(Boolean).map(Number)
  const workers = children.filter(pid => readText(`/proc/${pid}/cmdline`).includes('harness/load/worker.ts'))
  return [
    { name: 'coordinator', pid: harness },
    ...workers.map((pid, index) => ({ name: `load worker ${index}`, pid })),
  ]
}

function residentMiB(pid: number): number | null {
  const pages = Number(readText(`/proc/${pid}/statm`).split(' ')[1])
  return Number.isFinite(pages) ? (pages * PAGE_BYTES) / MIB : null
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return '' // The process has ended meanwhile.
  }
}

function judge(folder: string, samples: readonly Sample[]): SoakOutcome {
  const resultPath = join(folder, 'result.json')
  const result = existsSync(resultPath) ? JSON.parse(readFileSync(resultPath, 'utf8')) : null
  const ledger = join(folder, 'ledger')
  const bytes = existsSync(ledger)
    ? readdirSync(ledger).reduce((sum, name) => sum + statSync(join(ledger, name)).size, 0)
    : 0
  const ledgerMiB = Math.round((bytes / MIB) * 10) / 10
  const lastMs = samples.at(-1)?.atMs ?? 0
  const least = (name: string, from: number, to: number) => {
    const within = samples.filter(
      ({ process, atMs }) => process === name && atMs >= from * lastMs && atMs < to * lastMs,
    )
    return within.length < SAMPLES_A_STRETCH_MIN ? Number.NaN : Math.round(Math.min(...within.map(({ mib }) => mib)))
  }
  const memory = [...new Set(samples.map(({ process }) => process))].map(process => ({
    process,
    secondThirdMiB: least(process, 0.33, 0.66),
    lastThirdMiB: least(process, 0.66, 0.95),
  }))
  const problems = [
    ...(result?.verdict === 'pass' ? [] : [`the verdict is ${result?.verdict ?? 'missing'}`]),
    ...(bytes > 0 && ledgerMiB < LEDGER_MIB_MAX ? [] : [`the ledger has ${ledgerMiB} MiB`]),
    ...(memory.length < 2 ? ['no load worker was seen'] : []),
    ...memory.flatMap(({ process, secondThirdMiB, lastThirdMiB }) =>
      lastThirdMiB - secondThirdMiB <= GROWTH_MIB_MAX
        ? []
        : [`${process} went from ${secondThirdMiB} to ${lastThirdMiB} MiB`],
    ),
  ]
  return {
    at: new Date().toISOString(),
    verdict: result?.verdict ?? 'none',
    seconds: SECONDS,
    messages: result?.size.messages ?? 0,
    delivered: result?.counts.delivered ?? 0,
    ledgerMiB,
    memory,
    problems,
  }
}

export function soakEvidence(outcome: SoakOutcome, revision: string): string {
  const { verdict, seconds, messages, delivered, ledgerMiB, memory, problems } = outcome
  return [
    `# ${seconds / 60} minutes with ${CLIENTS.toLocaleString('en')} clients`,
    '',
    `\`node scripts/soak.ts\` at ${revision}, ${outcome.at.slice(0, 10)}, Node ${process.version}: verdict ${verdict},`,
    `${messages.toLocaleString('en')} messages, ${delivered.toLocaleString('en')} deliveries, saved ledger ${ledgerMiB} MiB (allowed ${LEDGER_MIB_MAX}).`,
    '',
    `Memory held by the harness (the least that was resident in that part of the run; at most ${GROWTH_MIB_MAX} MiB more in the last third):`,
    '',
    '| process | second third, MiB | last third, MiB |',
    '|---|---|---|',
    ...memory.map(one => `| ${one.process} | ${one.secondThirdMiB} | ${one.lastThirdMiB} |`),
    '',
    problems.length === 0 ? 'Everything is as it should be.' : `Not as it should be: ${problems.join('; ')}.`,
    '',
  ].join('\n')
}

if (import.meta.main) {
  const root = join(import.meta.dirname, '..')
  const outcome = await soak(root, join(root, 'runs', 'soak'))
  console.log(soakEvidence(outcome, 'the present state'))
  process.exitCode = outcome.problems.length === 0 ? 0 : 1
}
