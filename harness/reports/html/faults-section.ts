/** Each planned fault: whether it was seen to work, and how long the way back took. */

import type { FaultResult } from '../../verdict/judgement.ts'
import { counted, seconds } from '../numbers.ts'
import type { RunResult } from '../result.ts'
import type { FaultWindow } from './fault-windows.ts'
import { type Html, html, NOTHING } from './html.ts'
import { type Row, table } from './table.ts'

const RECOVERY_HEADS = ['clients hit', 'noticed', 'all back', 'heard across', 'steady again']

export function faultsSection({ faults, scope }: RunResult, windows: readonly FaultWindow[]): Html {
  if (faults.length === 0) return NOTHING
  const hadClients = scope === undefined
  return html`
    <section id="faults">
      <h2>Faults and recovery</h2>
      <p class="quiet">
        A fault without a seen effect did not fire.
        ${hadClients ? 'Recovery counts from the first observed effect. "Never" is: not before the run ended.' : 'How clients came back is known to whoever made the load.'}
      </p>
      ${table({
        caption: hadClients ? `${counted(faults.length, 'fault')}, and the way back` : counted(faults.length, 'fault'),
        columns: [
          { head: 'fault' },
          { head: 'fired', isNumber: true },
          { head: 'healed', isNumber: true },
          ...(hadClients ? RECOVERY_HEADS : []).map(head => ({ head, isNumber: true })),
        ],
        rows: faults.map((fault, index) =>
          faultRow(fault, windows.find(({ faults }) => faults.includes(index)) ?? null, hadClients),
        ),
      })}
    </section>`
}

function faultRow(fault: FaultResult, window: FaultWindow | null, hadClients: boolean): Row {
  const { kind, target, status, firedAtMs, healedAtMs, evidence } = fault
  const { clientsHit, detectMs, reconnectMs, firstCrossMs, steadyMs } = fault.recovery
  const hasFired = status === 'fired'
  // Who hit nobody has nobody to come back.
  const ofClients = (ms: number | null) => (!hasFired || clientsHit === 0 ? '–' : after(ms))
  const name = html`${window && html`<span class="badge">${window.number}</span> `}${kind} <strong>${target}</strong>`
  const recovered = [
    hasFired ? clientsHit : '–',
    ofClients(detectMs),
    ofClients(reconnectMs),
    ofClients(firstCrossMs),
    hasFired ? after(steadyMs) : '–',
  ]
  return {
    cells: [
      name,
      firedAtMs === null ? 'not fired' : `at ${seconds(firedAtMs)}`,
      healedAtMs === null ? '–' : `at ${seconds(healedAtMs)}`,
      ...(hadClients ? recovered : []),
    ],
    ...(hasFired ? {} : { look: 'bad' as const }),
    note: html`${hasFired ? 'seen' : 'not fired'}: ${evidence || 'nothing'}`,
  }
}

function after(ms: number | null): string {
  return ms === null ? 'never' : seconds(ms)
}
