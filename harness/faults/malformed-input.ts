/**
 * Frames, handshakes, bytes and requests beside the load that break the rules of the wire. Evidence: every kind of them was answered as
 * docs/protocol.md says. An instance that dies of one is found by what it does to the load.
 */

import type { Party } from '../visitors/visitors.ts'
import { type Fault, NotFired } from './fault.ts'
import { addressOf, visitedAddress } from './instance-view.ts'

const ANSWERED_MS_MAX = 20_000
const SEED_MAX = 2 ** 31

export const malformedInput: Fault<'malformed-input'> = {
  kind: 'malformed-input',
  undo: () => 'end the visitors who send it',

  prepare: ({ target, settings: { inputsPerSecond } }, { cluster, now, random, visitors }) => {
    let party: Party<'malformed'> | null = null
    return {
      async inject() {
        const asked = visitedAddress(addressOf(cluster, target))
        const seed = Math.floor(random() * SEED_MAX)
        party = visitors.begin('malformed', { ...asked, inputsPerSecond, seed, msMax: ANSWERED_MS_MAX })
        const { kinds, kindsAnswered, wrong, firstFailure } = await party.begun
        if (wrong.length > 0) throw new NotFired(`${target} did not answer as documented: ${wrong.join('; ')}`)
        if (kindsAnswered < kinds) {
          const waited = `waited ${ANSWERED_MS_MAX / 1000} s for ${target} to answer ${kinds} kinds of malformed input`
          throw new NotFired(`${waited}, ${kindsAnswered} were; ${firstFailure}`)
        }
        return {
          effectAtMs: now(),
          evidence: `${target} answered ${kinds} kinds of malformed input as documented`,
          exit: null,
        }
      },
      async heal() {
        const wrong = (await party?.end())?.wrong ?? []
        if (wrong.length > 0) throw new Error(`${target} did not answer as documented: ${wrong.join('; ')}`)
      },
    }
  },
}
