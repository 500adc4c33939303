/**
 * Where clients may connect: the instances of the start, and what faults that add and remove instances make of them. Behind a balancer all have its
 * address, and the list says only which instances there are.
 */

import type { BalancerAddress, Cluster, InstanceAddress } from './cluster/cluster.ts'
import type { FaultStage } from './faults/timeline.ts'
import type { Plan, PlannedFault } from './plan/plan.ts'
import { faultKind } from './scenario/fault-kinds.ts'
import type { TargetAddress } from './targets/target.ts'

export class AddressList {
  readonly #instances: readonly InstanceAddress[]
  readonly #balancer: BalancerAddress | null
  /** Indexes of the plan's instances. */
  #listed: readonly number[]
  #told: string

  /** `instances`: all of the plan, in its order. */
  constructor(
    { instancesAtStart }: Pick<Plan, 'instancesAtStart'>,
    { instances, balancer }: Pick<Cluster, 'instances' | 'balancer'>,
  ) {
    this.#instances = instances
    this.#balancer = balancer
    this.#listed = [...Array(instancesAtStart).keys()]
    this.#told = JSON.stringify(this.addresses)
  }

  get addresses(): TargetAddress[] {
    return this.#listed.map(instance => {
      const { host, port } = this.#balancer ?? this.#instances[instance]!
      return this.#balancer === null ? { instance, host, port } : { instance, host, port, isBalancer: true }
    })
  }

  /** What each instance of the plan calls itself in `welcome`. */
  get welcomeNames(): string[] {
    return this.#instances.map(({ name, welcomeName = name }) => welcomeName)
  }

  /**
   * An instance that was added is on the list from when it was seen to be ready; one that is removed is off it before it is told to go, as a
   * balancer does it. One that was adopted may have another address once it is back. Returns whether the list is another one now.
   */
  hear({ kind, target }: PlannedFault, stage: FaultStage): boolean {
    const instance = this.#instances.findIndex(({ name }) => name === target)
    if (faultKind(kind).hits === 'new-instance' && stage === 'fired') this.#listed = [...this.#listed, instance]
    else if (kind === 'remove-instance' && stage === 'injecting') {
      this.#listed = this.#listed.filter(listed => listed !== instance)
    }
    const before = this.#told
    this.#told = JSON.stringify(this.addresses)
    return this.#told !== before
  }
}
