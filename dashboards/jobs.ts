/** What Prometheus' scrapes are called, and what HAProxy calls its parts. */

export { PROMETHEUS_JOBS as JOBS } from '../harness/reports/metric-names.ts'

/** Parts of HAProxy as `stack/haproxy/haproxy.cfg` names them: its label `proxy`. */
export const BALANCER_PROXIES = { frontend: 'clients', backend: 'chat' } as const
