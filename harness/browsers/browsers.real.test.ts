/** A whole run in which some clients are pages, and what is said where pages cannot be opened. */

import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildFrontEnd } from '../../web/build-once.ts'
import { HarnessProcess, newFolder, readResult } from '../harness-process.ts'
import { readLedger } from '../ledger/read-ledger.ts'
import { expectNothingAnswers, processesWith } from '../leftovers.ts'
import { readPlan } from '../run-folder.ts'
import type { Scenario } from '../scenario/scenario.ts'

/** Without limits on time: it is about what pages are told. */
const SCENARIO: Scenario = {
  about: 'Two of twelve clients are pages.',
  topology: { instances: 3 },
  load: { rooms: 2, clients: 12, pages: 2, messagesPerSecond: 12, textBytes: 60, seconds: 8, warmUpSeconds: 1 },
  faults: [
    { kind: 'kill-instance', target: 'chat-1', atSeconds: 1, downSeconds: 0.5 },
    { kind: 'kill-instance', target: 'chat-2', atSeconds: 3.5, downSeconds: 0.5 },
    { kind: 'kill-instance', target: 'chat-3', atSeconds: 6, downSeconds: 0.5 },
  ],
  budgets: {},
}

const folder = newFolder()
const scenario = join(folder, 'pages.ts')
let frontEnd: string

beforeAll(async () => {
  writeFileSync(scenario, `export default ${JSON.stringify(SCENARIO)}`)
  frontEnd = process.env.TUESDAY_FRONT_END ?? (await buildFrontEnd())
}, 300_000)

afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('pages are clients like the others: nothing is lost while each instance is killed once', {
  timeout: 120_000,
}, async () => {
  const out = join(folder, 'out')
  const run = new HarnessProcess(['scenario', scenario, '--driver', 'process', '--out', out], 'alone', {
    TUESDAY_FRONT_END: frontEnd,
  })
  const end = await run.ended
  expect(end.output).toContain('2 of 12 clients are pages')
  const { counts } = readResult(out)
  expect(counts, end.output).toMatchObject({
    lost: 0,
    duplicated: 0,
    reordered: 0,
    diverged: 0,
    phantom: 0,
    stranded: 0,
  })
  const { plan } = readPlan({ path: out })
  const ledger = await readLedger(out, plan)
  const pages = plan.clients.flatMap(({ isPage }, number) => (isPage ? number : []))
  expect(pages).toEqual([0, 6])
  for (const page of pages) {
    const { connections, memberships, connectedAtEnd } = ledger.clients[page]!
    expect(connectedAtEnd).toBe(true)
    expect(connections.length).toBeGreaterThan(1)
    const delivered = memberships.flatMap(({ deliveries }) => deliveries.flatMap(({ numbers }) => [...numbers]))
    expect(delivered.length).toBeGreaterThan(30)
    const own = ledger.messages.filter((_, number) => plan.messages.client[number] === page)
    expect(own.length).toBeGreaterThan(3)
    expect(own.filter(({ outcome }) => outcome !== 'ok')).toEqual([])
  }
  await expectNothingAnswers(end.output)
  expect(processesWith(out)).toEqual([])
})

test('without Chromium or a front end nothing is started, and it says what is missing and what to do', async () => {
  const bin = join(folder, 'bin')
  mkdirSync(bin)
  symlinkSync(process.execPath, join(bin, 'node'))
  const environment = { PATH: bin, TUESDAY_FRONT_END: join(folder, 'none.js') }
  const flags = ['--driver', 'process', '--out', join(folder, 'nothing')]
  const end = await new HarnessProcess(['scenario', scenario, ...flags], 'alone', environment).ended
  expect(end.exitCode, end.output).toBe(2)
  expect(end.output).toContain('some of the clients are pages in a browser, for which there is missing:')
  expect(end.output).toContain('"npm run setup -- --all" installs it')
  expect(end.output).toContain(`expected the server at TUESDAY_FRONT_END, ${environment.TUESDAY_FRONT_END}, found none`)
  expect(end.output).not.toMatch(/^\s+at /m)
})
