/** Stands in for `k6/metrics`. Tags are taken and not looked at. */

import type { MetricKind } from './metric-registry.ts'
import { registry } from './test-run.ts'
import { userOfModule } from './virtual-user.ts'

const user = userOfModule(import.meta.url)

class Metric {
  readonly name: string
  readonly #samples: number[]

  constructor(name: string, kind: MetricKind) {
    if (!user.isInInit) throw new Error('k6 makes metrics in the init context only')
    this.name = name
    this.#samples = registry.declare(name, kind)
  }

  add(value: number | boolean, _tags?: Readonly<Record<string, string>>): void {
    if (user.isInInit) throw new Error('k6 takes samples in an iteration only')
    if (!Number.isFinite(Number(value))) throw new Error(`${this.name}: ${value} is no number`)
    this.#samples.push(Number(value))
  }
}

export class Counter extends Metric {
  constructor(name: string, _isTime?: boolean) {
    super(name, 'counter')
  }
}

export class Trend extends Metric {
  constructor(name: string, _isTime?: boolean) {
    super(name, 'trend')
  }
}
