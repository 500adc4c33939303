/** What the coordinator and the visitors' process say to each other over the process' message channel. */

import type { Parties, PartyKind } from './visitors.ts'

/** Parties are numbered by the coordinator. */
export type ToVisitors =
  | {
      [Kind in PartyKind]: {
        readonly is: 'begin'
        readonly party: number
        readonly kind: Kind
        readonly order: Parties[Kind]['order']
      }
    }[PartyKind]
  | { readonly is: 'end'; readonly party: number }

export type FromVisitors =
  | { readonly is: 'begun'; readonly party: number; readonly begun: Parties[PartyKind]['begun'] }
  | { readonly is: 'ended'; readonly party: number; readonly ended: Parties[PartyKind]['ended'] }
  /** Of one party, or (null) of them all: something that should not happen. */
  | { readonly is: 'failed'; readonly party: number | null; readonly message: string }

/** A party in the visitors' process. */
export interface RunningParty<Kind extends PartyKind = PartyKind> {
  /** Resolves once the effect is there, or the order's `msMax` is over. */
  begin(): Promise<Parties[Kind]['begun']>
  /** Resolves once everybody has gone. */
  end(): Promise<Parties[Kind]['ended']>
}
