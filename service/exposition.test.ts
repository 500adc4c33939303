import { expect, it } from 'vitest'
import { Exposition } from './exposition.ts'

const DECLARED = { name: 'x', help: 'What it is.', labels: [] } as const

it('writes help and type once for each metric, and every series from 0 on', () => {
  const exposition = new Exposition('one')
  const declared = { ...DECLARED, name: 'x_total', type: 'counter', labels: ['code'] } as const
  const [first] = ['a', 'b'].map(code => exposition.counter(declared, { code }))
  exposition.counter({ ...DECLARED, name: 'y_total', type: 'counter' }, {})
  first!.inc()
  first!.inc(4)
  expect(exposition.text()).toBe(`# HELP x_total What it is.
# TYPE x_total counter
x_total{code="a",instance_name="one"} 5
x_total{code="b",instance_name="one"} 0
# HELP y_total What it is.
# TYPE y_total counter
y_total{instance_name="one"} 0
`)
})

it('sums up the buckets of a histogram; a value at a bound lies below it', () => {
  const exposition = new Exposition('one')
  const histogram = exposition.histogram({ ...DECLARED, type: 'histogram' }, [0.5, 1], {})
  for (const value of [0.25, 0.5, 1]) histogram.observe(value)
  histogram.observe(2, 3)
  expect(exposition.text()).toBe(`# HELP x What it is.
# TYPE x histogram
x_bucket{le="0.5",instance_name="one"} 2
x_bucket{le="1",instance_name="one"} 3
x_bucket{le="+Inf",instance_name="one"} 6
x_sum{instance_name="one"} 7.75
x_count{instance_name="one"} 6
`)
})

it('reads what is kept elsewhere at each scrape, and leaves out what is not known', () => {
  const exposition = new Exposition('one')
  const state: { values: (number | null)[] } = { values: [1, 2] }
  exposition.read({ ...DECLARED, type: 'gauge', labels: ['link'] }, [{ link: 'a' }, { link: 'b' }], () => state.values)
  const series = () => exposition.text().split('\n').slice(2, -1)
  expect(series()).toEqual(['x{link="a",instance_name="one"} 1', 'x{link="b",instance_name="one"} 2'])
  state.values = [null, 3]
  expect(series()).toEqual(['x{link="b",instance_name="one"} 3'])
})
