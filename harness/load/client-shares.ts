/** Which clients each load worker holds. Pages have a worker of their own, since a browser beside other clients would make those late. Pure. */

import type { Plan } from '../plan/plan.ts'

/** How many of the clients are pages. Where there are any, they have a worker, the last one. */
export function pageCountOf({ clients }: Pick<Plan, 'clients'>): number {
  return clients.filter(({ isPage }) => isPage).length
}

/** Numbers of the clients that a worker holds, rising. `workers`: all of them, the one for pages included. */
export function clientsOf(plan: Pick<Plan, 'clients'>, worker: number, workers: number): number[] {
  const others = pageCountOf(plan) > 0 ? workers - 1 : workers
  const isHeld = (number: number, isPage = false) => (isPage ? worker === others : number % others === worker)
  return plan.clients.flatMap(({ isPage }, number) => (isHeld(number, isPage) ? number : []))
}
