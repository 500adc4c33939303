/** Each planned fault: whether it was seen to work, and how long the way back took. */

import type { FaultResult } from '../../verdict/judgement.ts'
import { counted, seconds } from '../numbers.ts'
import type { RunResult } from '../result.ts'
import type { FaultWindow } from './fault-windows.ts'
import { type Html, html, NOTHING } from './html.ts'
import { type Row, table } from './table.ts'

export function faultsSection({ faults }: RunResult, windows: readonly FaultWindow[]): Html {
  if (faults.length === 0) return NOTHING
  return html`
    <section id="faults">
      <h2>Faults and recovery</h2>
      <p class="quiet">
        Recovery counts from the first observed effect. A fault without a seen effect did not fire. "Never" is: not before the run ended.
      </p>
      ${table({
        caption: `${counted(faults.length, 'fault')}, and the way back`,
        columns: [
          { head: 'fault' },
          { head: 'fired', isNumber: true },
          { head: 'healed', isNumber: true },
          { head: 'clients hit', isNumber: true },
          { head: 'noticed', isNumber: true },
          { head: 'all back', isNumber: true },
          { head: 'heard across', isNumber: true },
          { head: 'steady again', isNumber: true },
        ],
        rows: faults.map((fault, index) =>
          faultRow(fault, windows.find(({ faults }) => faults.includes(index)) ?? null),
        ),
      })}
    </section>`
}

function faultRow(fault: FaultResult, window: FaultWindow | null): Row {
  const { kind, target, status, firedAtMs, healedAtMs, evidence } = fault
  const { clientsHit, detectMs, reconnectMs, firstCrossMs, steadyMs } = fault.recovery
  const hasFired = status === 'fired'
  // Who hit nobody has nobody to come back.
  const ofClients = (ms: number | null) => (!hasFired || clientsHit === 0 ? '–' : after(ms))
  const name = html`${window && html`<span class="badge">${window.number}</span> `}${kind} <strong>${target}</strong>`
  return {
    cells: [
      name,
      firedAtMs === null ? 'not fired' : `at ${seconds(firedAtMs)}`,
      healedAtMs === null ? '–' : `at ${seconds(healedAtMs)}`,
      hasFired ? clientsHit : '–',
      ofClients(detectMs),
      ofClients(reconnectMs),
      ofClients(firstCrossMs),
      hasFired ? after(steadyMs) : '–',
    ],
    ...(hasFired ? {} : { look: 'bad' as const }),
    note: html`${hasFired ? 'seen' : 'not fired'}: ${evidence || 'nothing'}`,
  }
}

function after(ms: number | null): string {
  return ms === null ? 'never' : seconds(ms)
}
