/** Stands in for `k6/data`: the array is made once for all virtual users, as text, and whatever is read from it is frozen. */

import { sharedArrays } from './test-run.ts'
import { userOfModule } from './virtual-user.ts'

const user = userOfModule(import.meta.url)

// A constructor that answers with an array, as k6's own does.
export const SharedArray = class {
  constructor(name: string, make: () => unknown[]) {
    if (!user.isInInit) throw new Error('k6 makes shared arrays in the init context only')
    let array = sharedArrays.get(name)
    if (array === undefined) {
      array = JSON.parse(JSON.stringify(make()), (_, value) => Object.freeze(value)) as readonly unknown[]
      sharedArrays.set(name, array)
    }
    // biome-ignore lint/correctness/noConstructorReturn: what k6 does.
    return array
  }
}
