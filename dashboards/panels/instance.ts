/** Panels about the instances that more than one dashboard has. Each dashboard gives them a number of its own. */

import type { Panel } from '@grafana/grafana-foundation-sdk/dashboard'
import { PercentUnit, Short } from '@grafana/grafana-foundation-sdk/units'
import { SERVICE_METRICS } from '../../service/metric-names.ts'
import { EVENT_LOOP_UTILIZATION_MAX } from '../limits.ts'
import { maxBy, service } from '../promql.ts'
import { graph, type States, timeline } from './panel.ts'
import { atMost } from './thresholds.ts'

/** Of `ready + 2 × draining`. */
const INSTANCE_STATES: States = {
  0: { text: 'not ready', color: 'red' },
  1: { text: 'ready', color: 'green' },
  2: { text: 'draining', color: 'orange' },
  3: { text: 'draining', color: 'orange' },
}

interface Place {
  readonly id: number
  readonly width: number
  readonly height?: number
}

export function instancesPanel(place: Place): Panel {
  const state = `${service(SERVICE_METRICS.ready)} + 2 * ${service(SERVICE_METRICS.draining)}`
  return timeline(
    {
      ...place,
      title: 'Instances',
      answers: 'Which instance is ready, drains, or is not there at all? A gap means that Prometheus got no answer.',
      ifBad:
        'Not ready for long: its links to Redis below. A gap that does not end: the instance has died or hangs; its log, and whether its clients have come back elsewhere.',
      unit: Short,
      queries: [{ expr: maxBy('instance_name', state), legend: '{{instance_name}}' }],
    },
    INSTANCE_STATES,
  )
}

export function connectionsPanel(place: Place): Panel {
  return graph({
    ...place,
    title: 'Connections by instance',
    answers: 'Who has how many clients? When an instance dies, its clients show up on the others.',
    ifBad:
      'What one loses and the others do not gain are people who are disconnected: new connections, and closes by code. Uneven for long: the balancer.',
    unit: Short,
    isStacked: true,
    queries: [{ expr: maxBy('instance_name', service(SERVICE_METRICS.connections)), legend: '{{instance_name}}' }],
  })
}

export function eventLoopPanel(place: Place): Panel {
  return graph({
    ...place,
    title: 'Event loop, busy',
    answers: 'How much of its time does each instance work? It has one thread for all of its clients.',
    ifBad:
      'Near 100 % everything is late: add instances, or look at deliveries, writes and garbage collection for what takes the time. One alone: its connections.',
    unit: PercentUnit,
    max: 1,
    thresholds: atMost(EVENT_LOOP_UTILIZATION_MAX),
    queries: [
      { expr: maxBy('instance_name', service(SERVICE_METRICS.eventLoopUtilization)), legend: '{{instance_name}}' },
    ],
  })
}
