/** Test support: every damage. */

import type { Damage } from './damage.ts'
import { DAMAGES_OF_LOGS } from './damages-of-logs.ts'
import { DAMAGES_OF_STAYS } from './damages-of-stays.ts'
import { DAMAGES_OF_STREAMS } from './damages-of-streams.ts'

export const DAMAGES: readonly Damage[] = [...DAMAGES_OF_STREAMS, ...DAMAGES_OF_STAYS, ...DAMAGES_OF_LOGS]
