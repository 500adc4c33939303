/** A fault, and what came after it, in words. */

import type { Recovery } from '../checkers/recovery.ts'
import type { FaultResult } from '../verdict/judgement.ts'
import { counted, seconds } from './numbers.ts'

/** "fired at 5.00 s, healed at 8.82 s". */
export function faultTimes({ firedAtMs, healedAtMs, plannedAtMs }: FaultResult): string {
  if (firedAtMs === null) return `planned at ${seconds(plannedAtMs)}, not fired`
  return `fired at ${seconds(firedAtMs)}, ${healedAtMs === null ? 'not healed' : `healed at ${seconds(healedAtMs)}`}`
}

/** Who was hit, and how long each step back took, in lines that a usual terminal does not break. */
export function recoveryLines({ clientsHit, detectMs, reconnectMs, firstCrossMs, steadyMs }: Recovery): string[] {
  const step = (name: string, ms: number | null) => `${name} ${ms === null ? 'never' : `after ${seconds(ms)}`}`
  const hit = `${counted(clientsHit, 'client')} hit`
  const steady = step('steady again', steadyMs)
  if (clientsHit === 0) return [`${hit}; ${steady}`]
  return [
    `${hit}; ${step('noticed', detectMs)}, ${step('all back', reconnectMs)},`,
    `${step('heard across', firstCrossMs)}, ${steady}`,
  ]
}
