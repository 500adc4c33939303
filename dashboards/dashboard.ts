/** Rows of panels become one of Grafana's dashboards, with what all three have in common: variables, links, fault annotations. */

import {
  AnnotationQueryBuilder,
  CustomVariableBuilder,
  type Dashboard,
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  DatasourceVariableBuilder,
  type Panel,
  QueryVariableBuilder,
  RowBuilder,
  type RowPanel,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard'
import { DataqueryBuilder } from '@grafana/grafana-foundation-sdk/prometheus'
import { HARNESS_METRICS } from '../harness/reports/metric-names.ts'
import { ROOM_SIZES, SERVICE_METRICS } from '../service/metric-names.ts'
import { JOBS } from './jobs.ts'
import { DATA_SOURCE } from './panels/panel.ts'
import { harness } from './promql.ts'

/** Columns of Grafana's grid. */
export const GRID_COLUMNS = 24
/** Which dashboards belong together: the links between them go by it. */
const TAG = 'tuesday'

export interface Row {
  /** As that of a panel. */
  readonly id: number
  /** A question. */
  readonly title: string
  /** From left to right; what does not fit goes beneath. */
  readonly panels: readonly Panel[]
}

export interface DashboardText {
  /** Part of its address, so it never changes. */
  readonly uid: string
  readonly title: string
  readonly description: string
  /** Besides data source and instance. */
  readonly hasRoomSize?: boolean
  readonly rows: readonly Row[]
}

export function composeDashboard({ uid, title, description, hasRoomSize = false, rows }: DashboardText): Dashboard {
  const builder = new DashboardBuilder(title)
    .uid(uid)
    .description(description)
    .tags([TAG])
    .timezone('browser')
    .tooltip(DashboardCursorSync.Crosshair)
    .time({ from: 'now-15m', to: 'now' })
    .refresh('5s')
    .withVariable(dataSourceVariable())
    .withVariable(instanceVariable())
  if (hasRoomSize) builder.withVariable(roomSizeVariable())
  return {
    ...builder.build(),
    annotations: { list: [inTheOpen(faultAnnotations().build())] },
    links: [inTheOpen(linksToTheOthers().build())],
    panels: placed(rows),
  }
}

/** The SDK puts everything into a menu, where nobody looks while an instance dies. */
function inTheOpen<T extends { placement?: unknown }>({ placement: _, ...rest }: T): Omit<T, 'placement'> {
  return rest
}

/** Where each panel is: rows one under the other, panels from left to right in lines as high as their highest panel. */
function placed(rows: readonly Row[]): (Panel | RowPanel)[] {
  const panels: (Panel | RowPanel)[] = []
  let y = 0
  for (const row of rows) {
    panels.push(new RowBuilder(row.title).id(row.id).gridPos({ x: 0, y, w: GRID_COLUMNS, h: 1 }).build())
    y += 1
    let x = 0
    let lineHeight = 0
    for (const panel of row.panels) {
      const { w, h } = panel.gridPos!
      if (x + w > GRID_COLUMNS) {
        y += lineHeight
        x = 0
        lineHeight = 0
      }
      panels.push({ ...panel, gridPos: { x, y, w, h } })
      x += w
      lineHeight = Math.max(lineHeight, h)
    }
    y += lineHeight
  }
  return panels
}

function dataSourceVariable(): DatasourceVariableBuilder {
  return new DatasourceVariableBuilder('datasource').label('Prometheus').type('prometheus')
}

/** All that were there in the time that is looked at. "All" is no list, so that an instance that has just started is among them at once. */
function instanceVariable(): QueryVariableBuilder {
  const values = `label_values(${SERVICE_METRICS.connections.name}{job="${JOBS.service}"}, instance_name)`
  return new QueryVariableBuilder('instance')
    .label('Instance')
    .description('Instances of the service')
    .datasource(DATA_SOURCE)
    .query(values)
    .definition(values)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.NaturalAsc)
    .multi(true)
    .includeAll(true)
    .allValue('.*')
    .current({ text: ['All'], value: ['$__all'] })
}

function roomSizeVariable(): CustomVariableBuilder {
  return new CustomVariableBuilder('room_size')
    .label('Room size')
    .description('How many members a room has on one instance')
    .values(ROOM_SIZES.map(({ label }) => label).join(','))
    .multi(true)
    .includeAll(true)
    .allValue('.*')
    .current({ text: ['All'], value: ['$__all'] })
}

/** Who goes to another dashboard looks at the same time and the same instances there. */
function linksToTheOthers(): DashboardLinkBuilder {
  return new DashboardLinkBuilder('The other dashboards')
    .type(DashboardLinkType.Dashboards)
    .tags([TAG])
    .includeVars(true)
    .keepTime(true)
}

/** From the injection of a fault until it has healed. Without a harness there are none. */
function faultAnnotations(): AnnotationQueryBuilder {
  return new AnnotationQueryBuilder()
    .name('Faults')
    .datasource(DATA_SOURCE)
    .enable(true)
    .iconColor('red')
    .target(
      new DataqueryBuilder()
        .refId('faults')
        .expr(`${harness(HARNESS_METRICS.faultActive)} == 1`)
        .legendFormat('{{kind}} {{target}}')
        .range(),
    )
    .titleFormat('{{kind}} {{target}}')
    .tagKeys('kind,target')
}
