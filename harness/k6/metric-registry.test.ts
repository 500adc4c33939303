import { expect, test } from 'vitest'
import { MetricRegistry } from './stand-in/metric-registry.ts'

function registryWith(latencies: readonly number[], count: readonly number[] = []) {
  const registry = new MetricRegistry()
  registry.declare('latency', 'trend').push(...latencies)
  registry.declare('lost', 'counter').push(...count)
  return registry
}

function isKept(registry: MetricRegistry, metric: string, expression: string): boolean {
  return registry.evaluate({ [metric]: [expression] })[0]!.isKept
}

test('quantiles lie between samples', () => {
  const registry = registryWith([4, 1, 3, 2])
  expect(isKept(registry, 'latency', 'p(50)==2.5')).toBe(true)
  expect(isKept(registry, 'latency', 'med == 2.5')).toBe(true)
  expect(isKept(registry, 'latency', 'p(90)<=3.7')).toBe(true)
  expect(isKept(registry, 'latency', 'p(90)<3.69')).toBe(false)
  expect(isKept(registry, 'latency', 'max>4')).toBe(false)
  expect(isKept(registry, 'latency', 'avg>=2.5')).toBe(true)
})

test('counters add up, and samples of one name belong together', () => {
  const registry = registryWith([], [2, 3])
  registry.declare('lost', 'counter').push(1)
  expect(isKept(registry, 'lost', 'count<=6')).toBe(true)
  expect(isKept(registry, 'lost', 'count<6')).toBe(false)
})

test('without samples everything is 0, as in k6', () => {
  expect(isKept(registryWith([]), 'latency', 'p(99)<=1')).toBe(true)
  expect(isKept(registryWith([]), 'lost', 'count>0')).toBe(false)
})

test.each([
  ['missing', 'count<1', 'there is no metric "missing"'],
  ['latency', 'count<1', 'cannot be understood'],
  ['lost', 'p(99)<1', 'cannot be understood'],
  ['latency', 'p(99)<', 'cannot be understood'],
])('a threshold on %s, %s', (metric, expression, message) => {
  expect(() => registryWith([1]).evaluate({ [metric]: [expression] })).toThrow(message)
})

test('names and kinds', () => {
  const registry = registryWith([])
  expect(() => registry.declare('1st', 'trend')).toThrow('no name')
  expect(() => registry.declare('lost', 'trend')).toThrow('is a counter already')
})
