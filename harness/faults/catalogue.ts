/** Every fault there is. A new one is a file here, a name in `FAULT_NAMES` and a line in this table. */

import type { FaultName } from '../scenario/scenario.ts'
import type { Fault } from './fault.ts'
import { killInstance } from './kill-instance.ts'
import { stopInstance } from './stop-instance.ts'

export const FAULTS: Readonly<Record<FaultName, Fault>> = {
  'kill-instance': killInstance,
  'stop-instance': stopInstance,
}
