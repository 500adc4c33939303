/**
 * Test support for {@link history}: what clients were told of how many are in their rooms. Where nothing is said they are told the truth,
 * 20 ms after each change.
 *
 * Written as text, in order of time: `3@500` three connections and participants at 500 ms, `3/2@500` three and two.
 */

import type { ClientRecord, CountRecord, MembershipRecord } from '../ledger/ledger.ts'

const TOLD_AFTER_MS = 20

/** `literal`: by index of the client, what it was told in its first room. */
export function withCounts(
  clients: readonly ClientRecord[],
  literal: Readonly<Record<number, string>>,
): ClientRecord[] {
  return clients.map((client, index) => ({
    ...client,
    memberships: client.memberships.map((membership, place) => {
      const text = place === 0 ? literal[index] : undefined
      const counts =
        text === undefined ? truthFor(client, membership, clients) : text.split(' ').filter(Boolean).map(parseCount)
      return { ...membership, counts }
    }),
  }))
}

function parseCount(token: string): CountRecord {
  const [numbers, atMs] = token.split('@')
  const [connections, participants = connections] = numbers!.split('/').map(Number)
  return { atMs: Number(atMs), connections: connections!, participants: participants! }
}

function truthFor(client: ClientRecord, membership: MembershipRecord, clients: readonly ClientRecord[]): CountRecord[] {
  const inRoom = clients.flatMap(of =>
    of.memberships.filter(({ room }) => room === membership.room).map(stay => ({ of, stay })),
  )
  const changes = inRoom.flatMap(({ of, stay }) => [
    ...stay.joins.map(({ answeredAtMs }) => answeredAtMs ?? Infinity),
    ...stay.leaves.map(({ answeredAtMs }) => answeredAtMs),
    ...of.connections.map(({ closedAtMs }) => closedAtMs ?? Infinity),
  ])
  const times = [...new Set(changes)].filter(Number.isFinite).sort((a, b) => a - b)
  return times
    .filter(atMs => isIn(client, membership, atMs))
    .map(atMs => {
      const count = inRoom.filter(({ of, stay }) => isIn(of, stay, atMs)).length
      return { atMs: atMs + TOLD_AFTER_MS, connections: count, participants: count }
    })
}

function isIn({ connections }: ClientRecord, { joins, leaves }: MembershipRecord, atMs: number): boolean {
  const isAfter = (time: number | null) => time === null || time > atMs
  return joins.some(({ connection, answeredAtMs }) => {
    if (isAfter(answeredAtMs) || !isAfter(connections[connection]?.closedAtMs ?? null)) return false
    return !leaves.some(leave => leave.answeredAtMs > answeredAtMs! && !isAfter(leave.answeredAtMs))
  })
}
