/**
 * What is wrong with a query, as far as its text says: it has to parse, and its metrics and labels have to be declared; counters only through
 * their rise. Whether types fit is for Prometheus itself to say.
 */

import { parser } from '@prometheus-io/lezer-promql'
import { DECLARED_SERIES, type DeclaredSeries } from './declared-metrics.ts'

type SyntaxNode = ReturnType<typeof parser.parse>['topNode']

/** What makes a rise of a counter. */
const OF_COUNTERS = new Set(['rate', 'irate', 'increase', 'resets'])

interface Selector {
  readonly node: SyntaxNode
  readonly name: string
  readonly matchedLabels: readonly string[]
}

/** Each problem as a sentence; none for a good query. Grafana's variables have to be filled in before. */
export function checkQuery(query: string): string[] {
  const tree = parser.parse(query)
  const nodes = descendants(tree.topNode)
  const broken = nodes.find(({ type }) => type.isError)
  if (broken !== undefined) return [`does not parse at ${JSON.stringify(query.slice(broken.from, broken.from + 20))}`]
  return [
    ...selectorsOf(nodes, query).flatMap(selector => checkSelector(selector, query)),
    ...nodes.filter(({ name }) => name === 'AggregateExpr').flatMap(node => checkGrouping(node, query)),
    ...nodes.filter(({ name }) => name === 'FunctionCall').flatMap(node => checkQuantile(node, query)),
  ]
}

/** Names of the series in a query that would be taken from whoever has them, not from one job. */
export function seriesOfAnyJob(query: string): string[] {
  const selectors = selectorsOf(descendants(parser.parse(query).topNode), query)
  return selectors.filter(({ matchedLabels }) => !matchedLabels.includes('job')).map(({ name }) => name)
}

/** Names of the declared metrics in a query, without `_bucket` and the like. */
export function metricsIn(query: string): string[] {
  const names = selectorsOf(descendants(parser.parse(query).topNode), query).map(({ name }) => name)
  return names.flatMap(name => DECLARED_SERIES.get(name)?.metric.name ?? [])
}

/** What a query looks at: each selector as it stands there, without its range. */
export function selectorsIn(query: string): string[] {
  return selectorsOf(descendants(parser.parse(query).topNode), query).map(({ node }) => textOf(node, query))
}

/** Those of `declared` that are in none of the queries. */
export function metricsWithoutQuery(declared: readonly string[], queries: readonly string[]): string[] {
  const used = new Set(queries.flatMap(metricsIn))
  return declared.filter(name => !used.has(name))
}

function checkSelector({ node, name, matchedLabels }: Selector, query: string): string[] {
  const series = DECLARED_SERIES.get(name)
  if (series === undefined) return [name === '' ? 'a selector names no metric' : `${name} is not declared`]
  const unknown = matchedLabels.filter(label => !series.labels.has(label))
  return [...unknown.map(label => `${name} has no label ${label}`), ...checkRise(node, name, series, query)]
}

function checkRise(node: SyntaxNode, name: string, { isCounter }: DeclaredSeries, query: string): string[] {
  const around = nameOfFunction(callAround(node), query)
  const isRise = around !== undefined && OF_COUNTERS.has(around)
  if (isCounter && !isRise) return [`${name} counts on: it needs rate() or increase()`]
  if (!isCounter && isRise) return [`${name} is a gauge: ${around}() is for counters`]
  return []
}

/** The function whose range a selector is. */
function callAround(selector: SyntaxNode): SyntaxNode | null {
  const range = selector.parent
  return range?.name === 'MatrixSelector' ? (range.parent?.parent ?? null) : null
}

/** Labels of `by` and `without` have to be those of every metric beneath. */
function checkGrouping(aggregate: SyntaxNode, query: string): string[] {
  const grouping = aggregate.getChild('AggregateModifier')?.getChild('GroupingLabels')
  if (grouping == null) return []
  const labels = labelsIn(grouping, query)
  return selectorsOf(descendants(aggregate), query).flatMap(({ name }) =>
    labels
      .filter(label => DECLARED_SERIES.get(name)?.labels.has(label) === false)
      .map(label => `${name} has no label ${label} to group by`),
  )
}

/** A quantile is of buckets that were added up before, and of their rise. */
function checkQuantile(call: SyntaxNode, query: string): string[] {
  if (nameOfFunction(call, query) !== 'histogram_quantile') return []
  const sum = call.getChild('FunctionCallBody')?.getChild('AggregateExpr')
  const grouping = sum?.getChild('AggregateModifier')?.getChild('GroupingLabels')
  const isRight =
    sum?.getChild('AggregateOp')?.getChild('Sum') != null &&
    sum.getChild('AggregateModifier')?.getChild('By') != null &&
    grouping != null &&
    labelsIn(grouping, query).includes('le')
  return isRight ? [] : ['histogram_quantile() needs sum by (le, …) of its buckets']
}

function selectorsOf(nodes: readonly SyntaxNode[], query: string): Selector[] {
  return nodes
    .filter(({ name }) => name === 'VectorSelector')
    .map(node => {
      const identifier = node.getChild('Identifier')
      const matchers = node.getChild('LabelMatchers')?.getChildren('UnquotedLabelMatcher') ?? []
      return {
        node,
        name: identifier === null ? '' : textOf(identifier, query),
        matchedLabels: matchers.flatMap(matcher => labelsIn(matcher, query)),
      }
    })
}

function nameOfFunction(call: SyntaxNode | null, query: string): string | undefined {
  const identifier = call?.name === 'FunctionCall' ? call.getChild('FunctionIdentifier') : null
  return identifier == null ? undefined : textOf(identifier, query)
}

function labelsIn(node: SyntaxNode, query: string): string[] {
  return node.getChildren('LabelName').map(label => textOf(label, query))
}

function textOf({ from, to }: SyntaxNode, query: string): string {
  return query.slice(from, to)
}

function descendants(node: SyntaxNode): SyntaxNode[] {
  const found = [node]
  for (let child = node.firstChild; child !== null; child = child.nextSibling) found.push(...descendants(child))
  return found
}
