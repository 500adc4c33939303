import { describe, expect, it } from 'vitest'
import { checkQuery, metricsIn, metricsWithoutQuery, selectorsIn, seriesOfAnyJob } from './check-query.ts'

const JOB = 'job="tuesday"'

describe('checkQuery', () => {
  it.each([
    `sum by (instance_name) (tuesday_connections{${JOB}})`,
    `histogram_quantile(0.99, sum by (le, room_size) (rate(tuesday_cross_instance_latency_seconds_bucket{${JOB}}[1m])))`,
    `rate(tuesday_send_duration_seconds_sum{${JOB}}[1m]) / rate(tuesday_send_duration_seconds_count{${JOB}}[1m])`,
    `sum(1 - up{job=~"tuesday|haproxy"})`,
    `max_over_time(tuesday_connections{${JOB}}[15m])`,
    `resets(tuesday_messages_accepted_total{${JOB}}[5m]) > 0`,
  ])('finds nothing wrong with %s', query => {
    expect(checkQuery(query)).toEqual([])
  })

  it.each([
    ['sum by (le (x)', ['does not parse at "(x)"']],
    [`tuesday_conections{${JOB}}`, ['tuesday_conections is not declared']],
    [`tuesday_send_duration_seconds{${JOB}}`, ['tuesday_send_duration_seconds is not declared']],
    [`{${JOB}}`, ['a selector names no metric']],
    [`tuesday_connections{${JOB},room="a"}`, ['tuesday_connections has no label room']],
    [`sum by (code) (tuesday_connections{${JOB}})`, ['tuesday_connections has no label code to group by']],
    [`sum without (le) (tuesday_connections{${JOB}})`, ['tuesday_connections has no label le to group by']],
    [
      `sum(tuesday_messages_accepted_total{${JOB}})`,
      ['tuesday_messages_accepted_total counts on: it needs rate() or increase()'],
    ],
    [
      `max_over_time(tuesday_messages_accepted_total{${JOB}}[5m])`,
      ['tuesday_messages_accepted_total counts on: it needs rate() or increase()'],
    ],
    [`rate(tuesday_connections{${JOB}}[1m])`, ['tuesday_connections is a gauge: rate() is for counters']],
    [
      `histogram_quantile(0.9, rate(tuesday_messages_per_batch_bucket{${JOB}}[1m]))`,
      ['histogram_quantile() needs sum by (le, …) of its buckets'],
    ],
    [
      `histogram_quantile(0.9, sum by (instance_name) (rate(tuesday_messages_per_batch_bucket{${JOB}}[1m])))`,
      ['histogram_quantile() needs sum by (le, …) of its buckets'],
    ],
  ])('objects to %s', (query, problems) => {
    expect(checkQuery(query)).toEqual(problems)
  })
})

it('names the metrics of a query, histograms by their own name', () => {
  const query = `rate(tuesday_messages_per_batch_count{${JOB}}[1m]) > on () tuesday_rooms{${JOB}}`
  expect(metricsIn(query)).toEqual(['tuesday_messages_per_batch', 'tuesday_rooms'])
  expect(metricsWithoutQuery(['tuesday_rooms', 'tuesday_leases'], [query])).toEqual(['tuesday_leases'])
})

it('selectorsIn finds what a query looks at', () => {
  const query = `sum(increase(tuesday_closes_total{${JOB},code="4409"}[10m])) > 0.05 * avg_over_time(tuesday_connections[10m]) and up`
  expect(selectorsIn(query)).toEqual([`tuesday_closes_total{${JOB},code="4409"}`, 'tuesday_connections', 'up'])
})

it('tells of series that could be those of any job', () => {
  expect(seriesOfAnyJob(`tuesday_rooms{${JOB}} + on () tuesday_leases{instance_name="chat-1"} + up`)).toEqual([
    'tuesday_leases',
    'up',
  ])
})
