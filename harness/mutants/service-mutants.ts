/** Every mutant of the service. */

import { DELIVERY_MUTANTS } from './delivery-mutants.ts'
import { DRAIN_MUTANTS } from './drain-mutants.ts'
import type { Mutant } from './mutant.ts'
import { PRESENCE_MUTANTS } from './presence-mutants.ts'
import { PUBLISH_MUTANTS } from './publish-mutants.ts'
import { REDIS_MUTANTS } from './redis-mutants.ts'
import { RESUME_MUTANTS } from './resume-mutants.ts'

export const SERVICE_MUTANTS: readonly Mutant[] = [
  ...PUBLISH_MUTANTS,
  ...DELIVERY_MUTANTS,
  ...RESUME_MUTANTS,
  ...DRAIN_MUTANTS,
  ...REDIS_MUTANTS,
  ...PRESENCE_MUTANTS,
]
