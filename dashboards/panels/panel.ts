/** A panel as the dashboards describe it, and how each kind becomes one of Grafana's. */

import type { Builder, Dataquery } from '@grafana/grafana-foundation-sdk/cog'
import * as common from '@grafana/grafana-foundation-sdk/common'
import {
  AxisPlacement,
  BigValueColorMode,
  BigValueGraphMode,
  BigValueTextMode,
  GraphGradientMode,
  GraphThresholdsStyleMode,
  LegendDisplayMode,
  LegendPlacement,
  ScaleDistribution,
  SortOrder,
  StackingMode,
  TableCellHeight,
  TooltipDisplayMode,
  VisibilityMode,
} from '@grafana/grafana-foundation-sdk/common'
import {
  type DataTransformerConfig,
  type DynamicConfigValue,
  FieldColorBuilder,
  FieldColorModeId,
  MappingType,
  type Panel,
  type Threshold,
  ThresholdsConfigBuilder,
  ThresholdsMode,
  type ValueMap,
} from '@grafana/grafana-foundation-sdk/dashboard'
import * as heatmap from '@grafana/grafana-foundation-sdk/heatmap'
import { DataqueryBuilder, PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus'
import * as stat from '@grafana/grafana-foundation-sdk/stat'
import * as statetimeline from '@grafana/grafana-foundation-sdk/statetimeline'
import * as table from '@grafana/grafana-foundation-sdk/table'
import * as timeseries from '@grafana/grafana-foundation-sdk/timeseries'
import { isWorthALine, NO_LIMIT } from './thresholds.ts'

/** The variable by which each dashboard chooses its Prometheus. */
export const DATA_SOURCE = { type: 'prometheus', uid: `\${datasource}` }

export interface PanelQuery {
  readonly expr: string
  /** Name of its lines, with labels as `{{label}}`. */
  readonly legend: string
}

export interface PanelText {
  /** Number of the panel in its dashboard: links to the panel have it, so it never changes and is never used again. */
  readonly id: number
  readonly title: string
  /** The question that it answers, as a sentence. */
  readonly answers: string
  /** What to look at when it is bad, or what is no reason to worry. */
  readonly ifBad: string
  /** One of Grafana's, see the SDK's `units`. */
  readonly unit: string
  /** Of 24 columns. */
  readonly width: number
  /** Of rows of 30 pixels. */
  readonly height?: number
  readonly queries: readonly PanelQuery[]
  /** Default: none. */
  readonly thresholds?: readonly Threshold[]
}

export interface GraphText extends PanelText {
  /** Default: where the values end. */
  readonly max?: number
  /** Areas on top of each other, for what adds up to a whole. */
  readonly isStacked?: boolean
  /** Lines whose name begins so are limits: dashed, and not filled. */
  readonly limitLines?: string
}

/** What the values of a timeline mean: text and colour. */
export type States = Readonly<Record<number, { readonly text: string; readonly color: string }>>

const HEIGHT = 8
const NUMBER_HEIGHT = 4
const DECIMALS_OF_NUMBERS = 1

/** Lines over time. */
export function graph(text: GraphText): Panel {
  const { thresholds = NO_LIMIT, isStacked = false, limitLines } = text
  const legend = new common.VizLegendOptionsBuilder()
    .displayMode(LegendDisplayMode.List)
    .placement(LegendPlacement.Bottom)
    .showLegend(true)
    .calcs(['lastNotNull'])
  const panel = titled(new timeseries.PanelBuilder(), text)
    .min(0)
    .thresholds(steps(thresholds))
    .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.PaletteClassicByName))
    .lineWidth(1)
    .fillOpacity(isStacked ? 40 : 8)
    .gradientMode(GraphGradientMode.None)
    .showPoints(VisibilityMode.Never)
    .spanNulls(false)
    .legend(legend)
    .tooltip(new common.VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending))
  if (text.max !== undefined) panel.max(text.max)
  if (isStacked) panel.stacking(new common.StackingConfigBuilder().mode(StackingMode.Normal))
  if (isWorthALine(thresholds)) {
    panel.thresholdsStyle(new common.GraphThresholdsStyleConfigBuilder().mode(GraphThresholdsStyleMode.Dashed))
  }
  if (limitLines !== undefined) panel.overrideByRegexp(`/^${limitLines}/`, DASHED)
  return panel.build()
}

const DASHED: DynamicConfigValue[] = [
  { id: 'custom.lineStyle', value: { fill: 'dash', dash: [8, 6] } },
  { id: 'custom.lineWidth', value: 2 },
  { id: 'custom.fillOpacity', value: 0 },
  { id: 'color', value: { mode: 'fixed', fixedColor: 'red' } },
]

export interface NumberText extends PanelText {
  /** Shows the names of the lines in place of their values. */
  readonly isNameOnly?: boolean
  /** Instead of the last value: the largest of the time that is looked at. */
  readonly isWorst?: boolean
  /** What stands there while there is no data. */
  readonly noValue?: string
}

/** One number, large, with how it went beneath it. */
export function number(text: NumberText): Panel {
  const { thresholds = NO_LIMIT, isNameOnly = false, isWorst = false, noValue = 'no data' } = text
  const panel = titled(new stat.PanelBuilder(), { height: NUMBER_HEIGHT, ...text })
    .thresholds(steps(thresholds))
    .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.Thresholds))
    .noValue(noValue)
    .colorMode(BigValueColorMode.Value)
    .graphMode(isNameOnly ? BigValueGraphMode.None : BigValueGraphMode.Area)
    .textMode(isNameOnly ? BigValueTextMode.Name : BigValueTextMode.Auto)
    .reduceOptions(new common.ReduceDataOptionsBuilder().calcs([isWorst ? 'max' : 'lastNotNull']))
  return (text.unit === 'none' ? panel.decimals(0) : panel.decimals(DECIMALS_OF_NUMBERS)).build()
}

/** Which state each line was in, and when. A gap is: nobody knows. */
export function timeline(text: PanelText, states: States): Panel {
  return titled(new statetimeline.PanelBuilder(), text)
    .mappings([mappingOf(states)])
    .thresholds(steps(NO_LIMIT))
    .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.Thresholds))
    .showValue(VisibilityMode.Auto)
    .mergeValues(true)
    .rowHeight(0.85)
    .lineWidth(0)
    .fillOpacity(75)
    .spanNulls(false)
    .legend(
      new common.VizLegendOptionsBuilder()
        .displayMode(LegendDisplayMode.List)
        .placement(LegendPlacement.Bottom)
        .showLegend(false),
    )
    .tooltip(new common.VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Single))
    .build()
}

/** How many samples there were of each size. The query gives buckets by `le`. */
export function spread(text: PanelText): Panel {
  return titled(new heatmap.PanelBuilder(), text, PromQueryFormat.Heatmap)
    .calculate(false)
    .cellGap(1)
    .color(
      new heatmap.HeatmapColorOptionsBuilder()
        .mode(heatmap.HeatmapColorMode.Scheme)
        .scheme('Oranges')
        .fill('dark-orange')
        .scale(heatmap.HeatmapColorScale.Exponential)
        .exponent(0.5)
        .steps(64),
    )
    .filterValues(new heatmap.FilterValueRangeBuilder().le(1e-9))
    .yAxis(new heatmap.YAxisConfigBuilder().unit(text.unit).axisPlacement(AxisPlacement.Left))
    .scaleDistribution(new common.ScaleDistributionConfigBuilder().type(ScaleDistribution.Linear))
    .tooltip(new heatmap.HeatmapTooltipBuilder().mode(TooltipDisplayMode.Single).yHistogram(true).showColorScale(true))
    .showLegend()
    .build()
}

/** Values of now, a line for each series; `columns` are its labels, in order. */
export function list(text: PanelText, columns: readonly string[]): Panel {
  const indexByName = Object.fromEntries([...columns, 'Value'].map((name, index) => [name, index]))
  const shown: DataTransformerConfig[] = [
    { id: 'organize', options: { excludeByName: { Time: true }, indexByName, renameByName: { Value: 'limit' } } },
  ]
  return titled(new table.PanelBuilder(), text, PromQueryFormat.Table)
    .transformations(shown)
    .cellHeight(TableCellHeight.Sm)
    .showHeader(true)
    .build()
}

type AnyPanelBuilder =
  | timeseries.PanelBuilder
  | stat.PanelBuilder
  | statetimeline.PanelBuilder
  | heatmap.PanelBuilder
  | table.PanelBuilder

function titled<B extends AnyPanelBuilder>(
  builder: B,
  { id, title, answers, ifBad, unit, width, height = HEIGHT, queries }: PanelText,
  format = PromQueryFormat.TimeSeries,
): B {
  builder
    .id(id)
    .title(title)
    .description(`${answers}\n\n${ifBad}`)
    .unit(unit)
    .datasource(DATA_SOURCE)
    .gridPos({ x: 0, y: 0, w: width, h: height })
    .targets(queries.map((query, index) => target(query, index, format)))
  return builder
}

function target({ expr, legend }: PanelQuery, index: number, format: PromQueryFormat): Builder<Dataquery> {
  const query = new DataqueryBuilder()
    .refId(String.fromCharCode('A'.charCodeAt(0) + index))
    .datasource(DATA_SOURCE)
    .expr(expr)
    .legendFormat(legend)
    .format(format)
  return format === PromQueryFormat.Table ? query.instant() : query.range()
}

function steps(thresholds: readonly Threshold[]): ThresholdsConfigBuilder {
  return new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps([...thresholds])
}

function mappingOf(states: States): ValueMap {
  return {
    type: MappingType.ValueToText,
    options: Object.fromEntries(
      Object.entries(states).map(([value, { text, color }], index) => [value, { text, color, index }]),
    ),
  }
}
