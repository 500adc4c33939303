/** A run in a line. */

import { actualText, budgetName, limitText } from './budget-text.ts'
import { counted } from './numbers.ts'
import type { RunResult } from './result.ts'

/** What is said of every run whose load others made, whatever its verdict. */
export const WHO_JUDGES_THE_LOAD = 'whether the load came through has to be said by who made it'

/** The scenario, and what the verdict is about where that is not everything: "smoke, faults and service only". */
export function scopedName({ scenario, scope }: Pick<RunResult, 'scenario' | 'scope'>): string {
  return scope === undefined ? scenario : `${scenario}, ${scope}`
}

/** What ran: "2 instances (docker), 80 clients in 8 rooms, 3,480 messages, 15 s of load". What was planned of clients is no part of it where others made the load. */
export function sizeText({ driver, size, scope, connectionsOfOthersMax, environment }: Sized): string {
  const behind = environment.balancer === undefined ? '' : `, behind ${environment.balancer}`
  const instances = `${counted(size.instances, 'instance')} (${driver}${behind})`
  if (scope !== undefined) {
    const others = counted(connectionsOfOthersMax ?? 0, 'connection')
    return `${instances}, no load of its own in ${size.loadSeconds} s, at most ${others} of others`
  }
  return [
    instances,
    `${counted(size.clients, 'client')} in ${counted(size.rooms, 'room')}`,
    `${counted(size.messages, 'message')}, ${size.loadSeconds} s of load`,
  ].join(', ')
}

type Sized = Pick<RunResult, 'driver' | 'size' | 'scope' | 'connectionsOfOthersMax' | 'environment'>

/** Why the run did not pass, each reason in a few words, the gravest first; empty where it passed. */
export function reasons({ abortedBecause, budgets, invalidBecause }: Judged): string[] {
  const broken = budgets
    .filter(({ status }) => status === 'fail')
    .map(budget => `${budgetName(budget)} ${actualText(budget)}, limit ${limitText(budget)}`)
  return [...(abortedBecause === null ? [] : [abortedBecause]), ...broken, ...invalidBecause]
}

type Judged = Pick<RunResult, 'abortedBecause' | 'budgets' | 'invalidBecause'>
