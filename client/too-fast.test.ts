/** A client with more to say than the service takes of one connection: it is slowed, and never taken for somebody who floods. */

import { expect, test } from 'vitest'
import { type Admission, TokenBucket } from '../service/token-bucket.ts'
import { ack, joinedClient, reject, seeded } from './literal.ts'

const SECONDS = 60
/** The limit of `literal.ts`' service, three sends in flight, with the burst that this needs at least. */
const RATE = { perSecond: 5, burst: 4 }
const OFFERED_PER_SECOND = 20

/** What the service says to each write of a client that is offered too much, milliseconds being steps. */
function admissionsOf(seed: number): Admission[] {
  const client = joinedClient({ random: seeded(seed), sendDeadlineMs: 10 * SECONDS * 1000 })
  const bucket = new TokenBucket(RATE, 0)
  const admissions: Admission[] = []
  let lastN = 0
  let answers: string[] = []
  const hear = (outputs: ReturnType<typeof client.tick>, nowMs: number) => {
    for (const output of outputs) {
      if (output.type !== 'write') continue
      const frame = JSON.parse(output.text)
      if (frame.type !== 'send') continue
      const admission = bucket.take(nowMs)
      admissions.push(admission)
      if (admission !== 'admitted') answers.push(reject(frame.session, frame.n, 'too-fast'))
      else if (frame.n === lastN + 1) answers.push(ack(frame.session, ++lastN, `e1/${lastN + 10}`))
      else answers.push(reject(frame.session, frame.n, 'out-of-order', { last: lastN }))
    }
  }
  for (let nowMs = 0; nowMs < SECONDS * 1000; nowMs++) {
    const due = answers
    answers = []
    for (const answer of due) hear(client.frame(answer, nowMs), nowMs)
    hear(client.tick(nowMs), nowMs)
    if (nowMs % (1000 / OFFERED_PER_SECOND) === 0) hear(client.send('lobby', 'x', String(nowMs), nowMs), nowMs)
  }
  return admissions
}

test.each([1, 2, 3, 4, 5])('whatever the pauses are, seed %i', seed => {
  const admissions = admissionsOf(seed)
  expect(admissions).not.toContain('flood')
  // All that the rate gives away is used but for the pauses.
  const admitted = admissions.filter(admission => admission === 'admitted').length
  expect(admitted).toBeGreaterThan(0.8 * RATE.perSecond * SECONDS)
  expect(admissions.length - admitted).toBeLessThan(4 * admitted)
})
