/** The label `job` of everything that Prometheus scrapes, as the scrape configuration sets it. Dashboards and alerts choose by it. */
export const JOBS = {
  /** Instances of the service. Each of their series has the label `instance_name`, too. */
  service: 'tuesday',
  /** The harness, while a run goes. */
  harness: 'tuesday-harness',
  /** HAProxy in front of the instances. */
  balancer: 'haproxy',
} as const

/** Parts of HAProxy as `stack/haproxy/haproxy.cfg` names them: its label `proxy`. */
export const BALANCER_PROXIES = { frontend: 'clients', backend: 'chat' } as const
