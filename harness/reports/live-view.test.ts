import { expect, test } from 'vitest'
import { type LiveSnapshot, liveView } from './live-view.ts'

const NO_COLOUR = { rows: 40, useColours: false }

const SNAPSHOT: LiveSnapshot = {
  scenario: 'smoke',
  phase: 'load',
  phaseSeconds: 7.5,
  progress: { share: 0.5, told: '7 of 15 s' },
  loadSeconds: { at: 7.5, of: 15 },
  atSeconds: 7.5,
  faults: [
    { name: 'cut-clients chat-1', state: 'over', atSeconds: 3, forSeconds: 4, lastsSeconds: null },
    { name: 'kill-instance chat-1', state: 'active', atSeconds: 5, forSeconds: 2.1, lastsSeconds: 5 },
    { name: 'stop-instance chat-2', state: 'to-come', atSeconds: 12, forSeconds: 0, lastsSeconds: 1 },
  ],
  load: {
    clients: 80,
    clientsConnected: 46,
    outstanding: 1077,
    overdue: 0,
    rates: {
      sent: 195.6,
      acked: 186,
      delivered: 1826,
      httpAnswered: 0,
      crossP50Ms: 3.9,
      crossP99Ms: 492,
      sendLagP99Ms: 2.1,
    },
    httpErrors: null,
    eventLoopUtilization: 0.16,
    deliveredBySecond: [2000, 2000, 1000, 0, 2000],
    crossP99MsBySecond: [4, 4, null, 400, 4],
  },
}

test('a wide terminal', () => {
  expect(liveView(SNAPSHOT, { columns: 100, ...NO_COLOUR })).toEqual([
    '',
    'smoke  load  ━━━━━━━━━━━━━◆━━━━━━━━◆━━━━━━━━━━━┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄◇┄┄┄┄┄┄┄┄┄┄┄┄┄  7 of 15 s',
    'clients    46 of 80 connected   34 away',
    'messages   sent 196/s           acked 186/s',
    'deliveries 1,826/s              outstanding 1,077             ██▅▁█ max 2,000/s',
    'across     p50 3.90 ms          p99 492 ms                    ▁▁▁█▁ max 400 ms',
    'faults     fired 2              to come 1',
    '           ◆ kill-instance chat-1  for 3 s of 5 s',
    '           ◇ stop-instance chat-2  in 5 s',
    'generator  busy 16 %            send lag p99 2.10 ms',
  ])
})

test('a narrow one', () => {
  expect(liveView(SNAPSHOT, { columns: 40, ...NO_COLOUR })).toEqual([
    '',
    'load  ━━━━◆━━◆━━━┄┄┄┄┄┄◇┄┄┄┄  7 of 15 s',
    'clients 46 of 80 connected  34 away',
    'messages sent 196/s  acked 186/s',
    'deliveries 1,826/s  outstanding 1,077',
    'across p50 3.90 ms  p99 492 ms',
    'faults fired 2  to come 1',
    '◆ kill-instance chat-1  for 3 s of 5 s',
    '◇ stop-instance chat-2  in 5 s',
    'generator busy 16 %',
    '  send lag p99 2.10 ms',
  ])
})

test.each([1, 2, 5, 12, 20, 33, 64, 65, 80, 120, 300])('no line is longer than %i columns', columns => {
  const many = Array.from({ length: 20 }, (_, index) => ({
    ...SNAPSHOT.faults[index % 3]!,
    name: `half-open-clients chat-${index}`,
  }))
  for (const snapshot of [SNAPSHOT, { ...SNAPSHOT, faults: many }, { ...SNAPSHOT, load: null, progress: null }]) {
    for (const line of liveView(snapshot, { columns, ...NO_COLOUR })) {
      expect(line.length, line).toBeLessThan(Math.max(2, columns))
    }
  }
})

test('a low terminal shows the beginning, and leaves a line for the cursor', () => {
  for (const rows of [1, 3, 6, 9]) {
    const view = liveView(SNAPSHOT, { columns: 80, rows, useColours: false })
    expect(view.length).toBe(Math.max(1, rows - 1))
    if (rows > 2) expect(view[1]).toContain('smoke')
  }
  const nine = liveView(SNAPSHOT, { columns: 80, rows: 9, useColours: false })
  expect(nine.at(-1)).toContain('generator')
})

test('colours change nothing but colours', () => {
  const plain = liveView(SNAPSHOT, { columns: 90, ...NO_COLOUR })
  const coloured = liveView(SNAPSHOT, { columns: 90, rows: 40, useColours: true })
  expect(coloured.join('\n')).toContain('\x1b[31m')
  expect(plain.join('')).not.toContain('\x1b')
  expect(coloured.map(line => line.replaceAll(/\x1b\[\d+m/g, '').trimEnd())).toEqual(plain)
})

test('before there is a load', () => {
  const early = { ...SNAPSHOT, phase: 'cluster up', progress: null, loadSeconds: null, atSeconds: null, load: null }
  expect(liveView(early, { columns: 80, ...NO_COLOUR })).toEqual(['', 'smoke  cluster up  7 s'])
})

test('a fault whose time has come and that has to wait says so, and one that failed is counted', () => {
  const faults = [
    { ...SNAPSHOT.faults[2]!, atSeconds: 6 },
    { ...SNAPSHOT.faults[1]!, state: 'not-fired' as const },
  ]
  const view = liveView({ ...SNAPSHOT, faults }, { columns: 90, ...NO_COLOUR }).join('\n')
  expect(view).toContain('stop-instance chat-2  waits')
  expect(view).toContain('failed 1')
  expect(view).toContain('✗')
})
