/** Every fault there is. A new one is a row in `scenario/fault-kinds.ts`, a file here, and a line in this table. */

import type { FaultName } from '../scenario/fault-kinds.ts'
import { addInstance } from './add-instance.ts'
import { connectionFlood } from './connection-flood.ts'
import { cutClients } from './cut-clients.ts'
import { cutRedis } from './cut-redis.ts'
import type { Fault } from './fault.ts'
import { fillRedis } from './fill-redis.ts'
import { halfOpenClients } from './half-open-clients.ts'
import { killInstance } from './kill-instance.ts'
import { malformedInput } from './malformed-input.ts'
import { pauseInstance } from './pause-instance.ts'
import { reconnectStorm } from './reconnect-storm.ts'
import { removeInstance } from './remove-instance.ts'
import { restartRedis } from './restart-redis.ts'
import { slowNetwork } from './slow-network.ts'
import { slowReaders } from './slow-readers.ts'
import { slowRedis } from './slow-redis.ts'
import { stopInstance } from './stop-instance.ts'
import { stressCpu } from './stress-cpu.ts'
import { tabChurn } from './tab-churn.ts'

export type FaultCatalogue = { readonly [Kind in FaultName]: Fault<Kind> }

export const FAULTS: FaultCatalogue = {
  'kill-instance': killInstance,
  'stop-instance': stopInstance,
  'pause-instance': pauseInstance,
  'add-instance': addInstance,
  'remove-instance': removeInstance,
  'stress-cpu': stressCpu,
  'restart-redis': restartRedis,
  'fill-redis': fillRedis,
  'cut-redis': cutRedis,
  'slow-redis': slowRedis,
  'cut-clients': cutClients,
  'reconnect-storm': reconnectStorm,
  'slow-network': slowNetwork,
  'half-open-clients': halfOpenClients,
  'slow-readers': slowReaders,
  'connection-flood': connectionFlood,
  'tab-churn': tabChurn,
  'malformed-input': malformedInput,
}
