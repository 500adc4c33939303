/** Test support: how much goes on in a history while the service stays honest. Shares are from 0 to 1. */

export interface Mood {
  /** Times that a client loses its connection without any fault, at most. */
  readonly outagesMax: number
  /** Of memberships. */
  readonly lateJoins: number
  readonly leaves: number
  /** Of those who left. */
  readonly rejoins: number
  /** Of messages. */
  readonly neverHanded: number
  readonly rejected: number
  readonly unknownAccepted: number
  readonly unknownGone: number
  /** Per room. */
  readonly epochChanges: number
  /** Of epoch changes: those with which Redis loses what it may lose. */
  readonly losses: number
  readonly trims: number
  readonly unreadLogs: number
  /** Of clients: those that have gone when the run ends. */
  readonly endsApart: number
  /** Of memberships: those with something in their tally. */
  readonly tallies: number
  /** Of faults. */
  readonly notFired: number
  readonly neverHealed: number
  readonly uncleanStops: number
  /** Of the pauses between what is asked and answered: those that are long. */
  readonly slow: number
  /** Of histories: those that end before the roll call. */
  readonly noRollCall: number
}

export const EVENTFUL: Mood = {
  outagesMax: 3,
  lateJoins: 0.2,
  leaves: 0.2,
  rejoins: 0.6,
  neverHanded: 0.02,
  rejected: 0.06,
  unknownAccepted: 0.08,
  unknownGone: 0.04,
  epochChanges: 0.5,
  losses: 0.7,
  trims: 0.3,
  unreadLogs: 0.06,
  endsApart: 0.04,
  tallies: 0.15,
  notFired: 0.1,
  neverHealed: 0.1,
  uncleanStops: 0.3,
  slow: 0.15,
  noRollCall: 0.03,
}

/** Nothing but the plan's own faults, all of which heal. */
export const CALM: Mood = {
  outagesMax: 0,
  lateJoins: 0,
  leaves: 0,
  rejoins: 0,
  neverHanded: 0,
  rejected: 0,
  unknownAccepted: 0,
  unknownGone: 0,
  epochChanges: 0,
  losses: 0,
  trims: 0,
  unreadLogs: 0,
  endsApart: 0,
  tallies: 0,
  notFired: 0,
  neverHealed: 0,
  uncleanStops: 0,
  slow: 0,
  noRollCall: 0,
}
