/** Stands in for `k6/execution`, as far as the scripts use it. */

import { startTime } from './test-run.ts'
import { userOfModule } from './virtual-user.ts'

const { id } = userOfModule(import.meta.url)

export const vu = { idInTest: id, idInInstance: id }

export const scenario = {
  /** Unix milliseconds. */
  get startTime(): number {
    return startTime()
  },
}

export default { vu, scenario }
