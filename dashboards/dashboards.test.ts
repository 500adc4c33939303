import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Dashboard, Panel } from '@grafana/grafana-foundation-sdk/dashboard'
import type { Dataquery } from '@grafana/grafana-foundation-sdk/prometheus'
import { describe, expect, it } from 'vitest'
import { ALERT_RULES } from './alerts/alerts.ts'
import { checkQuery, metricsWithoutQuery, seriesOfAnyJob } from './check-query.ts'
import { GRID_COLUMNS } from './dashboard.ts'
import { DASHBOARDS, dashboardText } from './dashboards.ts'
import { DECLARED_METRICS } from './declared-metrics.ts'
import { EVENT_LOOP_UTILIZATION_MAX } from './limits.ts'
import { fillIn, isPanel, panelQueries } from './panel-queries.ts'
import { smokeBudget, smokeBudgetSeconds } from './panels/thresholds.ts'
import { DELIBERATELY_WITHOUT } from './without-panel.ts'

const VALUES = { __rate_interval: '1m', __range: '15m', instance: '.*', room_size: ['1-9', '1000+'] }
/** Rules outside of the dashboards that use metrics, too. */
const ALERT_EXPRESSIONS = ALERT_RULES.map(({ expr }) => expr)

const queries = panelQueries()
const expressions = [...queries.map(({ expr }) => fillIn(expr, VALUES)), ...ALERT_EXPRESSIONS]

function panelsOf({ panels = [] }: Dashboard): Panel[] {
  return panels.filter(isPanel)
}

describe.each(Object.entries(DASHBOARDS))('the dashboard %s', (name, dashboard) => {
  const panels = panelsOf(dashboard)

  it('is committed as it is generated', () => {
    const committed = readFileSync(join(import.meta.dirname, 'json', `${name}.json`), 'utf8')
    const isCurrent = committed === dashboardText(dashboard)
    expect(isCurrent, 'run `npm run dashboards` and commit what it writes').toBe(true)
  })

  it('has an address, a title and a description', () => {
    expect(dashboard.uid).toBe(`tuesday-${name}`)
    expect(dashboard.title).toMatch(/^Tuesday: /)
    expect(dashboard.description).toMatch(/\.$/)
  })

  it('says of each panel what it answers and what to do, in which unit, by which query', () => {
    for (const { title, description, fieldConfig, targets = [] } of panels) {
      expect(title).toMatch(/^[A-Z]/)
      const [answers, ifBad, ...more] = description!.split('\n\n')
      expect(answers, title).toMatch(/\?/)
      expect(ifBad, title).toMatch(/\.$/)
      expect(more).toEqual([])
      expect(fieldConfig?.defaults.unit, title).toBeTruthy()
      expect(targets.length, title).toBeGreaterThan(0)
      for (const target of targets) expect((target as Dataquery).legendFormat, title).toBeTruthy()
    }
  })

  it('gives each panel and row a number of its own, in the hundred of its row', () => {
    const all = dashboard.panels!
    expect(new Set(all.map(({ id }) => id)).size).toBe(all.length)
    let row = 0
    for (const panel of all) {
      if (!isPanel(panel)) row = panel.id
      expect(Math.floor(panel.id! / 100) * 100).toBe(row)
    }
    expect(all.filter(panel => !isPanel(panel)).every(({ id }) => id! % 100 === 0)).toBe(true)
  })

  it('has each row begin with a question', () => {
    for (const { title } of dashboard.panels!.filter(panel => !isPanel(panel))) expect(title).toContain('?')
  })

  it('keeps panels apart, within the grid, and leaves no holes', () => {
    const taken = new Map<string, string>()
    for (const { title, gridPos } of dashboard.panels!) {
      const { x, y, w, h } = gridPos!
      expect(x + w, title).toBeLessThanOrEqual(GRID_COLUMNS)
      for (let column = x; column < x + w; column += 1) {
        for (let line = y; line < y + h; line += 1) {
          const cell = `${column} ${line}`
          expect(taken.get(cell), `${title} is in the place of another`).toBeUndefined()
          taken.set(cell, title!)
        }
      }
    }
    const height = Math.max(...dashboard.panels!.map(({ gridPos }) => gridPos!.y + gridPos!.h))
    expect(taken.size).toBe(GRID_COLUMNS * height)
  })

  it('is linked with the others, which keeps time and variables', () => {
    const [link] = dashboard.links!
    expect(link).toMatchObject({ type: 'dashboards', includeVars: true, keepTime: true })
    for (const other of Object.values(DASHBOARDS)) expect(other.tags).toEqual(link!.tags)
  })

  it('asks the Prometheus that is chosen, for all instances at first', () => {
    const uids = [...panels, ...panels.flatMap(({ targets = [] }) => targets as Dataquery[])].map(
      ({ datasource }) => datasource?.uid,
    )
    expect(new Set(uids)).toEqual(new Set([`\${datasource}`]))
    const [dataSource, instance] = dashboard.templating.list!
    expect(dataSource).toMatchObject({ name: 'datasource', type: 'datasource', query: 'prometheus' })
    expect(instance).toMatchObject({ name: 'instance', multi: true, includeAll: true })
  })

  it('has no variable that no query uses, and uses none that it has not', () => {
    const ofDashboard = queries.filter(query => query.dashboard === name).map(({ expr }) => expr)
    const used = new Set(
      ofDashboard.flatMap(expr => [...expr.matchAll(/\$([a-z]\w*)/g)].map(([, variable]) => variable)),
    )
    const declared = dashboard.templating
      .list!.map(variable => variable.name)
      .filter(variable => variable !== 'datasource')
    expect(used).toEqual(new Set(declared))
  })
})

describe('queries', () => {
  it.each(queries.map(({ dashboard, panel, refId, expr }) => [`${dashboard}: ${panel} ${refId}`, expr]))(
    'nothing is wrong with that of %s',
    (_, expr) => {
      expect(checkQuery(fillIn(expr, VALUES))).toEqual([])
      expect(seriesOfAnyJob(fillIn(expr, VALUES))).toEqual([])
    },
  )

  it.each(ALERT_RULES.map(({ alert, expr }) => [alert, expr]))(
    'nothing is wrong with that of the alert %s',
    (_, expr) => {
      expect(checkQuery(expr)).toEqual([])
    },
  )

  it('ask for rates over as many scrapes as Grafana says, or over all of the time that is shown', () => {
    const windows = queries.flatMap(({ expr }) => [...expr.matchAll(/\[([^\]]*)\]/g)].map(([, window]) => window))
    expect(new Set(windows)).toEqual(new Set(['$__rate_interval', '$__range']))
  })

  it('use every declared metric, but those that are left out for a reason', () => {
    expect(metricsWithoutQuery(DECLARED_METRICS, expressions)).toEqual(Object.keys(DELIBERATELY_WITHOUT))
  })
})

describe('thresholds', () => {
  const latency = smokeBudgetSeconds('crossInstanceP99Ms')

  function redFrom(name: string, title: string): number | null | undefined {
    const panel = panelsOf(DASHBOARDS[name]!).find(other => other.title === title)
    return panel?.fieldConfig?.defaults.thresholds?.steps.find(({ color }) => color === 'red')?.value
  }

  it('are the budgets of the scenario smoke', () => {
    expect(latency).toBe(smokeBudget('crossInstanceP99Ms') / 1000)
    expect(redFrom('service', 'Late across instances, P99')).toBe(latency)
    expect(redFrom('run', 'Across instances')).toBe(latency)
    expect(redFrom('run', 'Acknowledgement')).toBe(smokeBudgetSeconds('ackP99Ms'))
    expect(redFrom('service', 'Event loop, busy')).toBe(EVENT_LOOP_UTILIZATION_MAX)
  })

  it('are above zero where the first one is too many', () => {
    expect(redFrom('run', 'Lost so far')).toBeGreaterThan(0)
    expect(redFrom('run', 'Lost so far')).toBeLessThan(1)
  })

  it('cannot come from a budget that nobody has set', () => {
    expect(() => smokeBudget('httpErrors')).toThrow('smoke has no budget httpErrors for the phase steady')
  })

  it('stand beside the budgets of the run itself, as dashed lines', () => {
    const [panel] = panelsOf(DASHBOARDS.run!).filter(({ title }) => title === 'Across instances')
    const legends = panel!.targets!.map(target => (target as Dataquery).legendFormat!)
    const [override] = panel!.fieldConfig!.overrides
    const pattern = new RegExp(override!.matcher.options.slice(1, -1))
    expect(legends.filter(legend => pattern.test(legend))).toEqual(['budget {{phase}}'])
    expect(override!.properties).toContainEqual({ id: 'custom.lineStyle', value: { fill: 'dash', dash: [8, 6] } })
  })
})
