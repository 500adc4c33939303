/** Who is scraped, as dashboards and alerts choose among them. Each series of the service has the label `instance_name`, too. */

export { PROMETHEUS_JOBS as JOBS } from '../harness/reports/metric-names.ts'

/** Parts of HAProxy as `stack/haproxy/haproxy.cfg` names them: its label `proxy`. */
export const BALANCER_PROXIES = { frontend: 'clients', backend: 'chat' } as const
