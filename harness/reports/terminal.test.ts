import { expect, test } from 'vitest'
import { SAMPLE_HTTP, sampleResult } from './sample-result.ts'
import { renderTerminal } from './terminal.ts'

const PLAIN = { folder: 'runs/x', report: 'runs/x/report.html', useColours: false }
const LIMITS = { crossInstanceP99Ms: { steady: 100 }, steadyAgainSeconds: 5 }

test('a run that passed: budgets, faults, totals, latency, verdict', () => {
  const text = renderTerminal(sampleResult(LIMITS), PLAIN)
  expect(text).toMatch(/✓ {2}lost +run +0 +0 {2}84 owed deliveries\n/)
  expect(text).toMatch(/✓ {2}crossInstanceP99Ms +steady +8\.00 ms +100 ms {2}3,500 samples\n/)
  expect(text).toMatch(/✓ {2}steadyAgainSeconds +run +2 s +5 s {2}1 fault\n/)
  expect(text).toContain(
    'kill-instance chat-2: fired at 2.99 s, healed at 4.40 s\n    seen: ended by SIGKILL after 10 ms',
  )
  expect(text).toMatch(
    /1 client hit; noticed after \d+ ms, all back [^\n]*,\n {4}heard across [^\n]*, steady again after 2\.00 s\n/,
  )
  expect(text).toMatch(/owed +84 {2}lost 0, declaredGaps 0\n/)
  expect(text).toMatch(/run +crossInstance +8\.00 +8\.00 +8\.00 +8\.00 +8\.00 +5,000\n/)
  expect(text).not.toContain('invalid, because')
  expect(text).not.toMatch(/\x1b| \n/)
  expect(text.trimEnd().split('\n').slice(-5)).toEqual([
    'folder:  runs/x',
    'report:  runs/x/report.html',
    'seed:    1 (it reproduces the plan, not the interleaving)',
    'again:   npm run scenario sketch -- --seed 1',
    'verdict: pass',
  ])
})

test('what was asked over HTTP, and what was not there', () => {
  const text = renderTerminal({ ...sampleResult(LIMITS), http: SAMPLE_HTTP }, PLAIN)
  expect(text).toMatch(/\n {2}readyz +1,790 +1,800 +1,787 +2 +1\.50 +3\.00 +12\.5 +40\.0 +41\.0\n/)
  expect(text).toContain('asked by one process: P99 of its lateness 0.75 ms, busy 12 %')
  expect(text).toContain('http-1: message 7 is not at seq 8')
  expect(renderTerminal(sampleResult(LIMITS), PLAIN)).not.toContain('HTTP')
})

test('sections stand in order', () => {
  const text = renderTerminal(sampleResult({ crossInstanceP999Ms: 5 }, [3]), PLAIN)
  const titles = [
    'budgets',
    'invalid, because',
    'faults',
    'totals',
    'latency in',
    'lost: 1 of 1 case',
    'folder:',
    'report:',
    'verdict:',
  ]
  const places = titles.map(title => text.indexOf(`\n${title}`))
  expect(places).toEqual([...places].sort((a, b) => a - b))
  expect(places).not.toContain(-1)
})

test('a run that failed: the broken budget, and cases with their circumstances', () => {
  const text = renderTerminal(sampleResult({}, [3, 14]), PLAIN)
  expect(text).toMatch(/✗ {2}lost +run +2 +0 {2}84 owed deliveries\n/)
  expect(text).toContain('bob, message 3: owed, but never delivered')
  expect(text).toContain(
    'room lobby, seq 4 (epoch a), sent by bob, in steady, on chat-2, connection 0, at the middle of its stream',
  )
  expect(text).toContain('in fault, during kill-instance chat-2, on chat-1, connection 1')
  expect(text).toContain('verdict: fail')
})

test('says where the cases are, all of them', () => {
  const text = renderTerminal(sampleResult({}, [3, 4, 5, 6, 7, 14]), PLAIN)
  expect(text).toContain(
    [
      'lost: 5 of 6 cases',
      '  by moment: steady 5, fault 1',
      '  by fault: none 5, kill-instance chat-2 1',
      '  by instance: chat-2 5, chat-1 1',
      '  by part: middle 6',
    ].join('\n'),
  )
})

test('shows how the memory of instances grew, where somebody looked', () => {
  const result = sampleResult({})
  const memory = [{ instance: 'chat-1', usualMiB: 81.4, highestMiB: 160.6, growthMiB: 79.2, samples: 40 }]
  expect(renderTerminal({ ...result, memory }, PLAIN)).toContain('memory, usual → highest: chat-1 81 → 161 MiB\n')
  expect(renderTerminal(result, PLAIN)).not.toContain('memory')
})

test('shows each load worker, where there are several', () => {
  const result = sampleResult({})
  const worker = {
    worker: 0,
    eventLoopUtilization: 0.25,
    sendLagP99Ms: 0.5,
    noiseFloorP99Ms: 0.9,
    plannedSends: 40,
    handedSends: 40,
  }
  const workers = [worker, { ...worker, worker: 1, eventLoopUtilization: 0.876, sendLagP99Ms: null }]
  const text = renderTerminal({ ...result, generator: { ...result.generator, workers } }, PLAIN)
  expect(text).toContain('load workers, P99 of their lag, busy: 0: 0.50 ms, 25 %; 1: unknown, 88 %\n')
  expect(renderTerminal(result, PLAIN)).not.toContain('load workers')
  const noiseFloorMs = { p50: 0.8, p99: 2.5 }
  expect(renderTerminal({ ...result, generator: { ...result.generator, noiseFloorMs } }, PLAIN)).toContain(
    'noise floor in the load (a latency near it means nothing): P50 0.80 ms, P99 2.50 ms\n',
  )
})

test('a load that was ended early says why', () => {
  const abortedBecause = 'overdue was 300, above its limit of 200: deliveries owed for longer than deadlineSeconds'
  const text = renderTerminal({ ...sampleResult({}), verdict: 'fail', abortedBecause }, PLAIN)
  expect(text).toContain(`aborted, because\n  ${abortedBecause}\n`)
  expect(renderTerminal(sampleResult({}), PLAIN)).not.toContain('aborted')
})

test('shows five cases of many', () => {
  const text = renderTerminal(sampleResult({}, [1, 2, 3, 4, 5, 6, 7]), PLAIN)
  expect(text).toContain('lost: 5 of 7 cases')
  expect(text.match(/owed, but never delivered/g)).toHaveLength(5)
})

test('cases within their budget are counted, not shown', () => {
  const text = renderTerminal(sampleResult({ lost: 2 }, [3, 14]), PLAIN)
  expect(text).not.toContain('owed, but never delivered')
  expect(text).toContain('verdict: pass')
})

test('too few samples are a question mark, not a tick', () => {
  const text = renderTerminal(sampleResult({ crossInstanceP999Ms: 100 }), PLAIN)
  expect(text).toMatch(/\? {2}crossInstanceP999Ms +run +8\.00 ms +100 ms {2}5,000 samples, too few/)
  expect(text).toContain('? too few samples for the budget crossInstanceP999Ms (run): 5000 of 10000')
  expect(text).toContain('verdict: invalid')
})

test('a limit is shown as it was given', () => {
  expect(renderTerminal(sampleResult({ crossInstanceP99Ms: 0.001 }), PLAIN)).toContain('8.00 ms  0.001 ms')
})

test('a recovery that was not reached says never, not a number', () => {
  const text = renderTerminal(sampleResult({ steadyAgainSeconds: 5, crossInstanceP99Ms: { steady: 1 } }), PLAIN)
  expect(text).toMatch(/✗ {2}steadyAgainSeconds +run +never +5 s/)
  expect(text).toContain('steady again never')
})

test('colours change nothing but colours', () => {
  const result = sampleResult(LIMITS, [3])
  const coloured = renderTerminal(result, { ...PLAIN, useColours: true })
  expect(coloured).toContain('\x1b[32m✓\x1b[0m')
  expect(coloured).toContain('\x1b[31m✗\x1b[0m')
  expect(coloured.replace(/\x1b\[\d+m/g, '')).toBe(renderTerminal(result, PLAIN))
})
