/** Rows of *Service* about the inside: Redis as the instances see it, and the processes themselves. */

import { BytesIEC, PercentUnit, Seconds } from '@grafana/grafana-foundation-sdk/units'
import { RUNTIME_METRICS, SERVICE_METRICS } from '../service/metric-names.ts'
import type { Row } from './dashboard.ts'
import { SHARE_OF_CONNECTIONS_MAX } from './limits.ts'
import { eventLoopPanel } from './panels/instance.ts'
import { graph } from './panels/panel.ts'
import { redisPanels } from './panels/redis.ts'
import { atMost, smokeBudgetSeconds } from './panels/thresholds.ts'
import { maxBy, rate, service, sumBy } from './promql.ts'

export function redisRow(): Row {
  return { id: 800, title: 'Does Redis answer?', panels: redisPanels(801) }
}

export function processRow(): Row {
  const by = 'instance_name'
  const legend = '{{instance_name}}'
  return {
    id: 900,
    title: 'Have the processes what they need?',
    panels: [
      eventLoopPanel({ id: 901, width: 8 }),
      graph({
        id: 902,
        title: 'Event loop lag, P99',
        answers: 'How late does the event loop come to what is due?',
        ifBad:
          'It adds to every latency; the dashed line is the budget of a delivery as a whole. With a loop that is not busy: something else takes the processor.',
        unit: Seconds,
        width: 8,
        thresholds: atMost(smokeBudgetSeconds('crossInstanceP99Ms')),
        queries: [{ expr: maxBy(by, service(RUNTIME_METRICS.eventLoopLagP99)), legend }],
      }),
      graph({
        id: 903,
        title: 'CPU',
        answers: 'How many cores does each instance use? Node also has threads for memory and names.',
        ifBad: 'Level at the limit of its container while the event loop is late: the limit.',
        unit: PercentUnit,
        width: 8,
        queries: [{ expr: sumBy(by, rate(service(RUNTIME_METRICS.processorTime))), legend }],
      }),
      graph({
        id: 904,
        title: 'Resident memory',
        answers: 'How much memory does each instance hold?',
        ifBad: 'It grows with connections, and by as much. Without them: heap or buffers, beside.',
        unit: BytesIEC,
        width: 5,
        queries: [{ expr: maxBy(by, service(RUNTIME_METRICS.residentMemory)), legend }],
      }),
      graph({
        id: 908,
        title: 'Nearest to a limit',
        answers:
          'How much of its connections (CONNECTIONS_MAX) and of its memory (that of its container) does each instance use?',
        ifBad: 'When one dies the others need room for its people: add instances before the line, or raise the limit.',
        unit: PercentUnit,
        width: 5,
        thresholds: atMost(SHARE_OF_CONNECTIONS_MAX),
        queries: [
          {
            expr: maxBy(by, `${service(SERVICE_METRICS.connections)} / ${service(SERVICE_METRICS.connectionsLimit)}`),
            legend: 'connections {{instance_name}}',
          },
          {
            expr: maxBy(by, `${service(RUNTIME_METRICS.residentMemory)} / ${service(SERVICE_METRICS.memoryLimit)}`),
            legend: 'memory {{instance_name}}',
          },
        ],
      }),
      graph({
        id: 905,
        title: 'Heap and buffers',
        answers: 'Is the memory held by objects, or by bytes outside of the heap?',
        ifBad:
          'Heap that rises in steps and never falls: a leak. Buffers: frames for clients that do not read; slow readers are closed when they reach their cap.',
        unit: BytesIEC,
        width: 5,
        queries: [
          { expr: maxBy(by, service(RUNTIME_METRICS.heapUsed)), legend: 'heap {{instance_name}}' },
          { expr: maxBy(by, service(RUNTIME_METRICS.externalMemory)), legend: 'buffers {{instance_name}}' },
        ],
      }),
      graph({
        id: 906,
        title: 'Garbage collection',
        answers: 'Which share of its time does an instance spend on collecting garbage?',
        ifBad:
          'Above some percent: "major" means that the heap is near its limit; "minor" that many messages are made and dropped.',
        unit: PercentUnit,
        width: 5,
        queries: [
          {
            expr: sumBy(`${by}, kind`, rate(service(RUNTIME_METRICS.garbageCollection, [], '_sum'))),
            legend: '{{instance_name}} {{kind}}',
          },
        ],
      }),
      graph({
        id: 907,
        title: 'Time since start',
        answers: 'How long has each instance been running?',
        ifBad: 'A line that falls to 0 is a restart. Again and again: the end of its log says why it goes.',
        unit: Seconds,
        width: 4,
        queries: [{ expr: `time() - ${maxBy(by, service(RUNTIME_METRICS.startTime))}`, legend }],
      }),
    ],
  }
}
