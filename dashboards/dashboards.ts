/** The three dashboards, by the name of their file in `json/`. */

import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard'
import { redisAndBalancerDashboard } from './redis-and-balancer.ts'
import { runDashboard } from './run.ts'
import { serviceDashboard } from './service.ts'

export const DASHBOARDS: Readonly<Record<string, Dashboard>> = {
  service: serviceDashboard(),
  run: runDashboard(),
  'redis-and-balancer': redisAndBalancerDashboard(),
}

/** As it is committed, and as Grafana reads it. */
export function dashboardText(dashboard: Dashboard): string {
  return `${JSON.stringify(dashboard, null, 2)}\n`
}
