/**
 * Generates small honest histories, which every safety checker must accept, damages them in one place, and expects the right measure,
 * and only it, to tell.
 */

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { checkDiverged } from './diverged.ts'
import { checkDuplicated } from './duplicated.ts'
import { history } from './history.ts'
import { checkLost } from './lost.ts'
import { checkPhantom } from './phantom.ts'
import { checkReordered } from './reordered.ts'

interface Honest {
  /** Sender of each message. */
  readonly senders: readonly string[]
  /** After how many deliveries the damaged client reconnects. */
  readonly cuts: readonly number[]
  /** Index of the delivery to damage. */
  readonly victim: number
}

const CLIENTS = ['ann', 'bob', 'cleo']
const NOTHING = { lost: 0, duplicated: 0, reordered: 0, diverged: 0, phantom: 0 }

/** At least two messages, so that there is something to swap. */
const honest: fc.Arbitrary<Honest> = fc
  .array(fc.constantFrom(...CLIENTS), { minLength: 2, maxLength: 12 })
  .chain(senders =>
    fc.record({
      senders: fc.constant(senders),
      cuts: fc.array(fc.nat(senders.length), { maxLength: 3 }),
      victim: fc.nat(senders.length - 1),
    }),
  )

/** The stream of an honest client, one message an element. A message is written with its place, which damage to its number leaves. */
function streamOf({ senders }: Honest): string[] {
  return senders.map((_, number) => `${number}@${number + 1}`)
}

function withCuts(stream: readonly string[], cuts: readonly number[]): string {
  return stream.flatMap((token, index) => (cuts.includes(index) ? ['|', token] : [token])).join(' ')
}

/** Everybody is honest but bob, who gets `stream`. */
function judge(sketch: Honest, stream: readonly string[]) {
  const everything = streamOf(sketch).join(' ')
  const clients = { ann: everything, bob: withCuts(stream, sketch.cuts), cleo: everything }
  const { run, phases } = history({ sends: sketch.senders, clients, instances: 3 })
  return {
    lost: checkLost(run, phases).lost.count,
    duplicated: checkDuplicated(run, phases).count,
    reordered: checkReordered(run, phases).count,
    diverged: checkDiverged(run, phases).count,
    phantom: checkPhantom(run, phases).count,
  }
}

function check(property: (sketch: Honest) => void): void {
  // In braces: what an expectation returns must not be taken for the property's answer.
  fc.assert(
    fc.property(honest, sketch => {
      property(sketch)
    }),
    { numRuns: 200 },
  )
}

test('an honest history, with resumes anywhere, is clean', () => {
  check(sketch => expect(judge(sketch, streamOf(sketch))).toEqual(NOTHING))
})

test('one dropped delivery is one lost, and nothing else', () => {
  check(sketch => {
    const stream = streamOf(sketch).toSpliced(sketch.victim, 1)
    expect(judge(sketch, stream)).toEqual({ ...NOTHING, lost: 1 })
  })
})

test('one repeated delivery is one duplicate, and nothing else', () => {
  check(sketch => {
    const stream = streamOf(sketch)
    expect(judge(sketch, [...stream, stream[sketch.victim]!])).toEqual({ ...NOTHING, duplicated: 1 })
  })
})

test('two neighbours swapped are one divergence, and one reordering where one client sent both', () => {
  check(sketch => {
    const at = Math.min(sketch.victim, sketch.senders.length - 2)
    const stream = streamOf(sketch)
    const swapped = stream.toSpliced(at, 2, stream[at + 1]!, stream[at]!)
    const isSameSender = sketch.senders[at] === sketch.senders[at + 1]
    expect(judge(sketch, swapped)).toEqual({ ...NOTHING, diverged: 1, reordered: isSameSender ? 1 : 0 })
  })
})

test('two messages that changed places are two divergences: nothing is lost', () => {
  check(sketch => {
    const at = Math.min(sketch.victim, sketch.senders.length - 2)
    const exchanged = streamOf(sketch).toSpliced(at, 2, `${at + 1}@${at + 1}`, `${at}@${at + 2}`)
    const isSameSender = sketch.senders[at] === sketch.senders[at + 1]
    expect(judge(sketch, exchanged)).toEqual({ ...NOTHING, diverged: 2, reordered: isSameSender ? 1 : 0 })
  })
})

test('a number changed to one that nobody sent is one lost and one phantom', () => {
  check(sketch => {
    const stream = streamOf(sketch).with(sketch.victim, `99@${sketch.victim + 1}`)
    expect(judge(sketch, stream)).toEqual({ ...NOTHING, lost: 1, phantom: 1, diverged: 1 })
  })
})

test('a number changed to that of another message is one lost and one duplicate', () => {
  check(sketch => {
    const other = (sketch.victim + 1) % sketch.senders.length
    const stream = streamOf(sketch).with(sketch.victim, `${other}@${sketch.victim + 1}`)
    expect(judge(sketch, stream)).toMatchObject({ lost: 1, duplicated: 1, phantom: 0, diverged: 1 })
  })
})
