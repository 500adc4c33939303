/** The dashboard *Run*: a run of the harness while it goes. What counts in the end is its report; this shows how it came to it. */

import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard'
import { composeDashboard } from './dashboard.ts'
import { budgetsRow, generatorRow, httpRow, instancesMeanwhileRow } from './run-beside.ts'
import { deliveryRow, disconnectedRow, lostRow, runLateRow } from './run-questions.ts'

export function runDashboard(): Dashboard {
  return composeDashboard({
    uid: 'tuesday-run',
    title: 'Tuesday: run',
    description: 'A run of the load and chaos harness, as its virtual clients see the service.',
    rows: [
      lostRow(),
      runLateRow(),
      disconnectedRow(),
      deliveryRow(),
      instancesMeanwhileRow(),
      generatorRow(),
      httpRow(),
      budgetsRow(),
    ],
  })
}
