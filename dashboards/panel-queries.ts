/** Every query of the dashboards, and Grafana's variables in them, so that tests can have a real Prometheus answer all of them. */

import type { Panel, RowPanel } from '@grafana/grafana-foundation-sdk/dashboard'
import type { Dataquery } from '@grafana/grafana-foundation-sdk/prometheus'
import { DASHBOARDS } from './dashboards.ts'

export interface LocatedQuery {
  /** Name of the dashboard's file in `json/`. */
  readonly dashboard: string
  /** Title of the panel, or `variable instance`, or `annotation Faults`. */
  readonly panel: string
  readonly refId: string
  /** PromQL with Grafana's variables, see {@link fillIn}. */
  readonly expr: string
}

/** By name, without `$`. A list is what somebody chose from a variable; text is put in as it is. */
export type VariableValues = Readonly<Record<string, string | readonly string[]>>

/** Queries of all panels, variables and annotations. What Grafana alone understands, `label_values()`, comes as PromQL that finds the same. */
export function panelQueries(): LocatedQuery[] {
  return Object.entries(DASHBOARDS).flatMap(([dashboard, { panels = [], templating, annotations }]) => [
    ...panels.filter(isPanel).flatMap(({ title = '', targets = [] }) =>
      targets.map(target => {
        const { refId = '', expr } = target as Dataquery
        return { dashboard, panel: title, refId, expr }
      }),
    ),
    ...(templating.list ?? []).flatMap(({ type, name, query }) =>
      type === 'query' ? [{ dashboard, panel: `variable ${name}`, refId: name, expr: labelValues(query) }] : [],
    ),
    ...(annotations.list ?? []).map(({ name, target }) => {
      const { refId = '', expr } = target as Dataquery
      return { dashboard, panel: `annotation ${name}`, refId, expr }
    }),
  ])
}

export function isPanel(panel: Panel | RowPanel): panel is Panel {
  return panel.type !== 'row'
}

/**
 * The query as Grafana sends it. Several chosen values become alternatives of a regular expression. Throws where a variable has no value: Prometheus
 * would find nothing, and nobody would know why.
 */
export function fillIn(query: string, values: VariableValues): string {
  return query.replaceAll(/\$(?:(\w+)|\{(\w+)\})/g, (_, plain, braced) => {
    const name = plain ?? braced
    const value = values[name]
    if (value === undefined) throw new Error(`There is no value for $${name} in ${query}`)
    return typeof value === 'string' ? value : alternatives(value)
  })
}

function alternatives(chosen: readonly string[]): string {
  // Twice: once for the regular expression, once for the string that it stands in.
  const escaped = chosen.map(value => value.replaceAll(/[\\^$*+?.()|[\]{}]/g, special => `\\\\${special}`))
  return escaped.length === 1 ? escaped[0]! : `(${escaped.join('|')})`
}

/** `label_values(series, label)`. */
function labelValues(query: unknown): string {
  const [, series, label] = /^label_values\((.+), (\w+)\)$/.exec(String(query)) ?? []
  if (series === undefined) throw new Error(`This query of a variable is not label_values(series, label): ${query}`)
  return `group by (${label}) (${series})`
}
