/**
 * People who are not in the plan: they come beside the load, in parties, and go again. What a fault sees of them. They live in a process of
 * their own, see `visitor-process.ts`, so that they do not slow the harness.
 */

/** A room of the run, as visitors know it. */
export interface VisitedRoom {
  /** Index in the plan. */
  readonly room: number
  /** On the wire. */
  readonly name: string
  /** How many clients of the plan are in it. */
  readonly members: number
}

/** What each kind of party is told, and what it tells. */
export interface Parties {
  flood: { readonly order: FloodOrder; readonly begun: FloodBegun; readonly ended: FloodEnded }
  churn: { readonly order: ChurnOrder; readonly begun: ChurnBegun; readonly ended: ChurnEnded }
  malformed: { readonly order: MalformedOrder; readonly begun: MalformedBegun; readonly ended: MalformedEnded }
}
export type PartyKind = keyof Parties

export interface Party<Kind extends PartyKind = PartyKind> {
  /** What was seen by the time that the party had its effect, or its order's `msMax` was over. */
  readonly begun: Promise<Parties[Kind]['begun']>
  /** Ends it. Resolves once everybody has gone. Also where it never had an effect. */
  end(): Promise<Parties[Kind]['ended']>
}

/** A time in which visitors were in rooms, on the run's monotonic clock. */
export interface Visit {
  /** Indexes of the plan's rooms. */
  readonly rooms: readonly number[]
  readonly fromMs: number
  readonly untilMs: number
}

export interface Visitors {
  /** Rooms that may be visited. */
  readonly rooms: readonly VisitedRoom[]
  /** Sends a party of that kind. */
  begin<Kind extends PartyKind>(kind: Kind, order: Parties[Kind]['order']): Party<Kind>
  /** Of all parties so far. One that has not ended counts until now. */
  visits(): Visit[]
}

/** Where visitors go. */
export interface VisitedAddress {
  readonly host: string
  readonly port: number
}

interface Order extends VisitedAddress {
  /** How long it may take to have its effect. */
  readonly msMax: number
}

/** Opens sockets that join nothing, and holds them. */
export interface FloodOrder extends Order {
  readonly connections: number
}

export interface FloodBegun {
  /** Sockets that were let in. */
  readonly isIn: number
  /** Close codes of those that were refused, and how many. */
  readonly refused: Readonly<Record<string, number>>
  /** The others: could not connect, or nobody answered. */
  readonly failed: number
  /** Why the first of them was not let in; null where all were. */
  readonly firstFailure: string | null
}

export interface FloodEnded {
  /** Of those that were let in: whose goodbye was not answered, as the connection had ended before. */
  readonly lost: number
}

/** Opens tabs, which join a room or two, stay a moment and are gone again. */
export interface ChurnOrder extends Order {
  readonly opensPerSecond: number
  readonly rooms: readonly VisitedRoom[]
  /** Where the counters are looked at in the end; one that answers is enough. */
  readonly counters: readonly VisitedAddress[]
  readonly seed: number
}

export interface ChurnBegun {
  readonly joinsAnswered: number
  readonly firstFailure: string | null
}

export interface ChurnEnded {
  readonly opened: number
  readonly joinsAnswered: number
  /** How the tabs were closed: after a `leave`, with a RST, without a `leave`. */
  readonly left: number
  readonly reset: number
  readonly closed: number
  /** Tabs that never came in, or that the service closed. */
  readonly failed: number
  /** Rooms whose counter still told of somebody who had gone, after the time that it may take; what was seen, in words. */
  readonly ghosts: readonly string[]
}

/** Sends what breaks the rules of the wire. */
export interface MalformedOrder extends Order {
  readonly inputsPerSecond: number
  readonly seed: number
}

export interface MalformedBegun {
  /** Kinds of input there are, and those of them that were answered. */
  readonly kinds: number
  readonly kindsAnswered: number
  /** Answers that are not as documented, in words. */
  readonly wrong: readonly string[]
  /** Why the first one got no answer at all; null where all did. */
  readonly firstFailure: string | null
}

export interface MalformedEnded {
  readonly inputs: number
  readonly answered: number
  /** Inputs that got no answer, as where the instance was away. */
  readonly failed: number
  readonly wrong: readonly string[]
}
