import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { RUNTIME_METRICS, SERVICE_METRICS } from '../../service/metric-names.ts'
import { createTestMetrics } from '../../service/test-metrics.ts'
import { metricsIn } from '../../service/test-metrics-text.ts'
import { HARNESS_METRICS, type MetricDeclaration } from './metric-names.ts'

const guide = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'metrics.md'), 'utf8')

/** Rows of tables whose first cell is code, in the chapter of this title. */
function rowsOf(title: string): string[] {
  const chapter = guide.split(/^## /m).find(each => each.startsWith(`${title}\n`))
  return chapter?.split('\n').filter(line => line.startsWith('| `')) ?? []
}

const isMetric = (row: string) => row.split('|').length === 6

/** As it has to stand in the guide. */
function rowFor({ name, type, labels, help }: MetricDeclaration): string {
  return `| \`${name}\` | ${type} | ${labels.map(label => `\`${label}\``).join(', ')} | ${help} |`
}

it.each<[string, Readonly<Record<string, MetricDeclaration>>]>([
  ['The service', SERVICE_METRICS],
  ['The runtime', RUNTIME_METRICS],
  ['The harness', HARNESS_METRICS],
])('docs/metrics.md has every metric that is declared, and no other: %s', (title, declared) => {
  expect(rowsOf(title).filter(isMetric)).toEqual(Object.values(declared).map(rowFor))
})

it('docs/metrics.md has the values that labels of the service can have', async () => {
  const exposed = metricsIn(await createTestMetrics().text())
  const rows = rowsOf('The service').filter(row => !isMetric(row) && row.includes('`tuesday_'))
  expect(rows).toHaveLength(9)
  for (const row of rows) {
    const [, label, names, values] = row.split('|').map(cell => cell.trim().replaceAll('`', ''))
    for (const name of names!.split(', ')) {
      const series = exposed.get(name)!.series.flatMap(each => new RegExp(`${label}="([^"]*)"`).exec(each)?.[1] ?? [])
      expect([name, [...new Set(series)].join(', ')]).toEqual([name, values])
    }
  }
})
