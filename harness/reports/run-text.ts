/** A run in a line. */

import { actualText, budgetName, limitText } from './budget-text.ts'
import { counted } from './numbers.ts'
import type { RunResult } from './result.ts'

/** What ran: "2 instances (docker), 80 clients in 8 rooms, 3,480 messages, 15 s of load". */
export function sizeText({ driver, size }: Pick<RunResult, 'driver' | 'size'>): string {
  return [
    `${counted(size.instances, 'instance')} (${driver})`,
    `${counted(size.clients, 'client')} in ${counted(size.rooms, 'room')}`,
    `${counted(size.messages, 'message')}, ${size.loadSeconds} s of load`,
  ].join(', ')
}

/** Why the run did not pass, each reason in a few words, the gravest first; empty where it passed. */
export function reasons({ abortedBecause, budgets, invalidBecause }: Judged): string[] {
  const broken = budgets
    .filter(({ status }) => status === 'fail')
    .map(budget => `${budgetName(budget)} ${actualText(budget)}, limit ${limitText(budget)}`)
  return [...(abortedBecause === null ? [] : [abortedBecause]), ...broken, ...invalidBecause]
}

type Judged = Pick<RunResult, 'abortedBecause' | 'budgets' | 'invalidBecause'>
