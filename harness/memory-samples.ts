/**
 * Looks at the memory of the instances while a run goes, through their own metrics. An instance that is down or too slow to answer gives no
 * sample; nothing is tried again, since the next look comes soon.
 */

import { setTimeout as sleep } from 'node:timers/promises'
import type { MemorySample } from './ledger/ledger.ts'

export interface MetricsAddress {
  /** The instance's name. */
  readonly name: string
  readonly host: string
  readonly metricsPort: number
}

export interface MemorySamplerOptions {
  readonly instances: readonly MetricsAddress[]
  /** The run's clock. */
  readonly now: () => number
  /** From one look to the next. Default: one second. */
  readonly everyMs?: number
}

const EVERY_MS = 1000
/** An answer that takes longer tells of another time than the one it would stand under. */
const ANSWER_MS_MAX = 900
const RESIDENT_MEMORY = /^process_resident_memory_bytes(?:\{[^}]*\})? (\S+)$/m

/** Looks until the abort and resolves with what was seen, in order of time. Never rejects. */
export async function sampleMemory(options: MemorySamplerOptions, abort: AbortSignal): Promise<MemorySample[]> {
  const { instances, now, everyMs = EVERY_MS } = options
  const samples: MemorySample[] = []
  while (!abort.aborted) {
    const atMs = now()
    const seen = await Promise.all(instances.map(instance => residentBytes(instance, abort)))
    seen.forEach((bytes, index) => {
      if (bytes !== null) samples.push({ instance: instances[index]!.name, atMs, residentBytes: bytes })
    })
    await sleep(Math.max(0, atMs + everyMs - now()), undefined, { signal: abort }).catch(() => {})
  }
  return samples
}

/** Null where the instance did not tell. */
async function residentBytes({ host, metricsPort }: MetricsAddress, abort: AbortSignal): Promise<number | null> {
  const signal = AbortSignal.any([abort, AbortSignal.timeout(ANSWER_MS_MAX)])
  try {
    const response = await fetch(`http://${host}:${metricsPort}/metrics`, { signal })
    if (!response.ok) return null
    const bytes = Number(RESIDENT_MEMORY.exec(await response.text())?.[1])
    return Number.isFinite(bytes) ? bytes : null
  } catch {
    return null
  }
}
