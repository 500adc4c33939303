/**
 * Makes the link between a share of the clients and an instance slow, each way. Evidence: a GET through the link takes so much longer than
 * before. Where only a share of the connections is slow, new ones are made until one of them is.
 */

import { type Fault, NotFired } from './fault.ts'
import { httpGetOfHealth } from './link-probe.ts'
import { untilConnected } from './link-use.ts'
import { lookFor } from './lookout.ts'
import { roundTrip } from './round-trip.ts'
import { addedMsMin, answerMsMax, describeSlowness, paddingFor } from './slowness.ts'

/** Connections at once where only a share of them is slow. */
const TRIES = 5
/** With a share of one in a hundred, a slow one is found but for one time in twenty; with one in thirty always. */
const SEEN_MS_MAX = 20_000
/** The instance may be on its way back from another fault. */
const ANSWERED_MS_MAX = 10_000
const HEAL_MS_MAX = 25_000

export const slowNetwork: Fault<'slow-network'> = {
  kind: 'slow-network',
  undo: ({ target }) => `make the link between clients and ${target} quick again`,

  prepare: ({ target, settings }, context) => {
    const { forSeconds: _, share, ...slowness } = settings
    const { cluster, now, random } = context
    const get = httpGetOfHealth(paddingFor(slowness))
    const msMax = answerMsMax(slowness)
    const tries = share === 1 ? 1 : TRIES
    let undo = () => {}
    let isBack = (_tookMs: number) => true
    return {
      async inject() {
        const link = cluster.clientLink(target)
        await untilConnected(link, `no client is connected to ${target}`, context)
        const before = await lookFor(context, ANSWERED_MS_MAX, () => roundTrip(link, get, msMax))
        if (before === null) {
          throw new NotFired(`no GET of ${target} was answered before the fault, within ${ANSWERED_MS_MAX / 1000} s`)
        }
        const addedMs = addedMsMin(slowness, before.bytes)
        if (addedMs === null) throw new NotFired(`so little cannot be seen in a GET: ${describeSlowness(slowness)}`)
        isBack = tookMs => tookMs < before.tookMs + addedMs / 2
        const effectAtMs = now()
        const injected = link.inject({ toTarget: slowness, fromTarget: slowness, share }, random)
        undo = () => injected.heal()
        let slowestMs = 0
        const isSlow = async () => {
          const trips = await Promise.all(Array.from({ length: tries }, () => roundTrip(link, get, msMax)))
          slowestMs = Math.max(slowestMs, ...trips.map(trip => trip?.tookMs ?? 0))
          return slowestMs >= before.tookMs + addedMs || null
        }
        const seen = await lookFor(context, SEEN_MS_MAX, isSlow)
        const found = `${Math.round(slowestMs)} ms, before ${Math.round(before.tookMs)} ms`
        if (seen === null) {
          const waited = `waited ${SEEN_MS_MAX / 1000} s for a GET of ${target} to take ${Math.round(addedMs)} ms longer`
          throw new NotFired(`${waited}; the slowest took ${found}`)
        }
        const connections = `${injected.connectionsAffected} connections have been slowed down`
        return { effectAtMs, evidence: `a GET of ${target} took ${found}; ${connections}`, exit: null }
      },
      async heal() {
        undo()
        const isQuick = async () => {
          // Nobody answers where another fault has ended it; then nothing is slow either.
          if (!cluster.isRunning(target)) return true
          const trip = await roundTrip(cluster.clientLink(target), get, msMax)
          return (trip !== null && isBack(trip.tookMs)) || null
        }
        if ((await lookFor(context, HEAL_MS_MAX, isQuick)) !== null) return
        throw new Error(`a GET of ${target} was still slow after ${HEAL_MS_MAX / 1000} s`)
      },
    }
  },
}
