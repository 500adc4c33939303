/** A fault, and what came after it, in words. */

import type { Recovery } from '../checkers/recovery.ts'
import type { FaultResult } from '../verdict/judgement.ts'
import { counted, seconds } from './numbers.ts'

/** "fired at 5.00 s, healed at 8.82 s". */
export function faultTimes({ firedAtMs, healedAtMs, plannedAtMs }: FaultResult): string {
  if (firedAtMs === null) return `planned at ${seconds(plannedAtMs)}, not fired`
  return `fired at ${seconds(firedAtMs)}, ${healedAtMs === null ? 'not healed' : `healed at ${seconds(healedAtMs)}`}`
}

/** Who was hit, and how long each step back took. */
export function recoveryText(recovery: Recovery): string {
  return `${counted(recovery.clientsHit, 'client')} hit; ${recoverySteps(recovery).join(', ')}`
}

function recoverySteps({ clientsHit, detectMs, reconnectMs, firstCrossMs, steadyMs }: Recovery): string[] {
  const step = (name: string, ms: number | null) => `${name} ${ms === null ? 'never' : `after ${seconds(ms)}`}`
  const ofClients = [step('noticed', detectMs), step('all back', reconnectMs), step('heard across', firstCrossMs)]
  return [...(clientsHit > 0 ? ofClients : []), step('steady again', steadyMs)]
}
