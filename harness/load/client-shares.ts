/** Which clients each load worker holds. Pages have a worker of their own, since a browser beside other clients would make those late. Pure. */

import type { Plan } from '../plan/plan.ts'

/** Whether the run has a worker for pages; it is the last one. */
export function hasPages({ clients }: Pick<Plan, 'clients'>): boolean {
  return clients.some(({ isPage }) => isPage)
}

/** Numbers of the clients that a worker holds, rising. `workers`: all of them, the one for pages included. */
export function clientsOf(plan: Pick<Plan, 'clients'>, worker: number, workers: number): number[] {
  const isForPages = hasPages(plan)
  const others = isForPages ? workers - 1 : workers
  const isHeld = (number: number, isPage = false) => (isPage ? worker === others : number % others === worker)
  return plan.clients.flatMap(({ isPage }, number) => (isHeld(number, isPage) ? number : []))
}
