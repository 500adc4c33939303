/** A ledger while it is read: what the lines of the workers' files are put into. */

import type { Plan } from '../plan/plan.ts'
import type {
  ClientRecord,
  ConnectionRecord,
  CountRecord,
  DeliveredInSecond,
  DeliveryRun,
  FailedConnectRecord,
  GapRecord,
  GeneratorRecord,
  HoleRecord,
  JoinRecord,
  LateExample,
  LatencyRecord,
  LateSlice,
  LeaveRecord,
  MembershipRecord,
  MessageRecord,
  PhantomRecord,
} from './ledger.ts'
import { NEVER_SENT } from './ledger.ts'

export type Writable<Type> = { -readonly [Key in keyof Type]: Type[Key] }

export interface MembershipDraft extends Writable<MembershipRecord> {
  joins: Writable<JoinRecord>[]
  leaves: LeaveRecord[]
  deliveries: DeliveryRun[]
  gaps: GapRecord[]
  holes: HoleRecord[]
  phantoms: PhantomRecord[]
  counts: CountRecord[]
}

export interface ClientDraft extends Writable<ClientRecord> {
  connections: Writable<ConnectionRecord>[]
  failedConnects?: FailedConnectRecord[]
  memberships: MembershipDraft[]
}

export interface Draft {
  readonly plan: Plan
  readonly messages: Writable<MessageRecord>[]
  readonly clients: ClientDraft[]
  readonly latencies: LatencyRecord[]
  readonly generators: GeneratorRecord[]
  readonly late: { readonly slices: LateSlice[]; readonly examples: LateExample[] }
  /** Null: not written down. */
  deliveredIn: DeliveredInSecond[] | null
  /** The earliest of the workers'. */
  countedUntilMs: number | null
  readonly zeroAtMs: number
}

export function emptyDraft(plan: Plan, zeroAtMs: number): Draft {
  const count = plan.messages.atMs.length + plan.rollCall.atMs.length
  return {
    plan,
    zeroAtMs,
    messages: Array.from({ length: count }, () => ({ ...NEVER_SENT })),
    clients: plan.clients.map(client => ({
      connections: [],
      memberships: client.rooms.map(emptyMembership),
      connectedAtEnd: false,
    })),
    latencies: [],
    generators: [],
    late: { slices: [], examples: [] },
    deliveredIn: null,
    countedUntilMs: null,
  }
}

function emptyMembership(room: number): MembershipDraft {
  return {
    room,
    joins: [],
    leaves: [],
    deliveries: [],
    gaps: [],
    phantoms: [],
    duplicatedOnWire: 0,
    holes: [],
    late: 0,
    positionAtEnd: null,
    joinedAtEnd: false,
    counts: [],
  }
}

export function membershipOf(draft: Draft, client: number, room: number): MembershipDraft {
  const membership = elementOf(draft.clients, client, 'client').memberships.find(of => of.room === room)
  if (membership === undefined) throw new Error(`client ${client} has no room ${room} in the plan`)
  return membership
}

export function elementOf<Element>(elements: readonly Element[], index: number, what: string): Element {
  const element = elements[index]
  if (element === undefined) throw new Error(`there is no ${what} ${index}`)
  return element
}
