/** Test support: what a run must not leave behind. */

import { readdirSync, readFileSync } from 'node:fs'
import { expect } from 'vitest'
import { findEngine, OWNER_LABEL, RUN_LABEL } from './cluster/docker-engine.ts'

/** Command lines of this machine's processes that have this text, there or in their environment. */
export function processesWith(text: string): string[] {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name) && name !== String(process.pid))
    .flatMap(pid => {
      try {
        const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
        const environment = readFileSync(`/proc/${pid}/environ`, 'utf8')
        return line.includes(text) || environment.includes(text) ? [`${pid} ${line}`] : []
      } catch {
        return [] // It has just ended.
      }
    })
}

/** Nothing answers on the ports that a run has told. */
export async function expectNothingAnswers(output: string): Promise<void> {
  const ports = [...output.matchAll(/chat-\d+ on 127\.0\.0\.1:(\d+)/g)].map(([, port]) => Number(port))
  expect(ports.length).toBeGreaterThan(0)
  for (const port of ports) {
    const isAnswering = await fetch(`http://127.0.0.1:${port}/healthz`).then(
      () => true,
      () => false,
    )
    expect(isAnswering, `port ${port}`).toBe(false)
  }
}

/** Of all runs, by name. */
export async function runContainersAndNetworks(): Promise<string[]> {
  const { engine } = await findEngine()
  if (engine === null) throw new Error('This test needs a Docker engine: npm run setup -- --all')
  const containers = await engine.listContainers({ all: true, filters: { label: [RUN_LABEL] } })
  const networks = await engine.listNetworks({ filters: { label: [RUN_LABEL] } })
  return [
    ...containers.map(({ Names, Labels }) => `${Names[0]} of ${Labels[OWNER_LABEL]}`),
    ...networks.map(({ Name }) => Name),
  ]
}
