import { expect, it } from 'vitest'
import { fillIn, panelQueries } from './panel-queries.ts'

it('fills in text as it is, in both spellings', () => {
  const query = `rate(x{instance=~"$instance"}[$__rate_interval]) + \${instance}`
  expect(fillIn(query, { instance: '.*', __rate_interval: '4s' })).toBe('rate(x{instance=~".*"}[4s]) + .*')
})

it('makes alternatives of what was chosen, each taken literally', () => {
  expect(fillIn('x{a=~"$size"}', { size: ['1-9', '1000+'] })).toBe('x{a=~"(1-9|1000\\\\+)"}')
  expect(fillIn('x{a=~"$size"}', { size: ['chat-1'] })).toBe('x{a=~"chat-1"}')
})

it('refuses a variable without a value', () => {
  expect(() => fillIn('x[$__interval]', {})).toThrow('There is no value for $__interval in x[$__interval]')
})

it('lists queries of panels, variables and annotations', () => {
  const queries = panelQueries()
  expect(queries).toContainEqual({
    dashboard: 'run',
    panel: 'annotation Faults',
    refId: 'faults',
    expr: 'tuesday_harness_fault_active{job="tuesday-harness"} == 1',
  })
  expect(queries).toContainEqual({
    dashboard: 'service',
    panel: 'variable instance',
    refId: 'instance',
    expr: 'group by (instance_name) (tuesday_connections{job="tuesday"})',
  })
  expect(queries.filter(({ panel }) => panel === 'Owed').map(({ refId }) => refId)).toEqual(['A', 'B'])
})
