/**
 * The service's own metrics as Prometheus' text (https://prometheus.io/docs/instrumenting/exposition_formats/). A series is a plain number
 * behind an object that whoever counts has at hand, since messages are counted by the hundred thousand a second; prom-client's make a key of
 * the labels and check them at each count. The words of a line are put together once, so that a scrape writes numbers alone.
 *
 * Nothing is escaped: the name of an instance and the values of labels are letters, digits and . _ - + alone.
 */

import type { MetricDeclaration } from './metric-names.ts'

/** A value for each label that is declared. */
export type LabelsOf<Declared extends MetricDeclaration> = Readonly<Record<Declared['labels'][number], string | number>>

export class Counter {
  value = 0

  inc(by = 1): void {
    this.value += by
  }
}

export class Histogram {
  readonly bounds: readonly number[]
  /** Not summed up; the last one is of what lies above all bounds. */
  readonly counts: Float64Array
  count = 0
  sum = 0

  /** Upper bounds, rising. */
  constructor(bounds: readonly number[]) {
    this.bounds = bounds
    this.counts = new Float64Array(bounds.length + 1)
  }

  observe(value: number, times = 1): void {
    let bucket = 0
    while (bucket < this.bounds.length && value > this.bounds[bucket]!) bucket++
    this.counts[bucket]! += times
    this.count += times
    this.sum += times * value
  }
}

export class Exposition {
  readonly #instance: string
  /** By name: what writes the lines of the metric. */
  readonly #metrics = new Map<string, { readonly head: string; readonly series: (() => string)[] }>()

  constructor(instance: string) {
    this.#instance = instance
  }

  counter<Declared extends MetricDeclaration>(declared: Declared, labels: LabelsOf<Declared>): Counter {
    const counter = new Counter()
    const words = this.#words(declared.name, labels)
    this.#add(declared, () => `${words}${counter.value}\n`)
    return counter
  }

  histogram<Declared extends MetricDeclaration>(
    declared: Declared,
    bounds: readonly number[],
    labels: LabelsOf<Declared>,
  ): Histogram {
    const histogram = new Histogram(bounds)
    const { name } = declared
    const buckets = [...bounds, '+Inf'].map(le => this.#words(`${name}_bucket`, { ...labels, le }))
    const [sum, count] = [this.#words(`${name}_sum`, labels), this.#words(`${name}_count`, labels)]
    this.#add(declared, () => {
      let [text, below] = ['', 0]
      for (const [index, words] of buckets.entries()) {
        below += histogram.counts[index]!
        text += `${words}${below}\n`
      }
      return `${text}${sum}${histogram.sum}\n${count}${histogram.count}\n`
    })
    return histogram
  }

  /** Numbers that are kept elsewhere, one for each of these label sets, and read at each scrape. Where one is null there is no such series. */
  read<Declared extends MetricDeclaration>(
    declared: Declared,
    series: readonly LabelsOf<Declared>[],
    read: () => readonly (number | null)[],
  ): void {
    const words = series.map(labels => this.#words(declared.name, labels))
    this.#add(declared, () =>
      read()
        .map((value, index) => (value === null ? '' : `${words[index]}${value}\n`))
        .join(''),
    )
  }

  text(): string {
    let text = ''
    for (const { head, series } of this.#metrics.values()) {
      text += head
      for (const write of series) text += write()
    }
    return text
  }

  #add({ name, type, help }: MetricDeclaration, write: () => string): void {
    const known = this.#metrics.get(name)
    if (known !== undefined) known.series.push(write)
    else this.#metrics.set(name, { head: `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`, series: [write] })
  }

  /** A line up to its number. */
  #words(name: string, labels: Readonly<Record<string, string | number>>): string {
    const pairs = Object.entries({ ...labels, instance_name: this.#instance })
    return `${name}{${pairs.map(([label, value]) => `${label}="${value}"`).join()}} `
  }
}
