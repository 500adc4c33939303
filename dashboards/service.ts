/** The dashboard *Service*: what the instances themselves say, with or without a harness. Its rows are in the order of the questions asked. */

import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard'
import { composeDashboard } from './dashboard.ts'
import { processRow, redisRow } from './service-inside.ts'
import { fanOutRow, mendedRow, peopleRow } from './service-people.ts'
import { atAGlanceRow, instancesRow, lateRow, sendsRow } from './service-questions.ts'

export function serviceDashboard(): Dashboard {
  return composeDashboard({
    uid: 'tuesday-service',
    title: 'Tuesday: service',
    description: 'What the instances of the chat service say of themselves.',
    hasRoomSize: true,
    rows: [
      atAGlanceRow(),
      instancesRow(),
      lateRow(),
      sendsRow(),
      peopleRow(),
      mendedRow(),
      fanOutRow(),
      redisRow(),
      processRow(),
    ],
  })
}
