/** A scenario as the text of its file, formatted as the repository's formatter would. Pure. */

import { FAULT_FIELDS, LOAD_FIELDS, SCENARIO_FIELDS } from '../scenario/fields.ts'
import type { Scenario } from '../scenario/scenario.ts'

const LINE_WIDTH = 120
const INDENT = '  '

export interface FileParts {
  /** Lines of the comment at the top; none for no comment. */
  readonly header: readonly string[]
  /** What to import `defineScenario` from. */
  readonly scenarioModule: string
}

export function formatScenario(scenario: Scenario, { header, scenarioModule }: FileParts): string {
  const comment = header.length === 0 ? [] : ['/**', ...header.map(line => ` * ${line}`.trimEnd()), ' */', '']
  return [
    ...comment,
    `import { defineScenario } from ${quote(scenarioModule)}`,
    '',
    'export default defineScenario({',
    ...formatFields(scenario),
    '})',
    '',
  ].join('\n')
}

/** Its fields, one or more lines each, as they stand within the braces. */
export function formatFields(scenario: Scenario): string[] {
  const { load, faults } = scenario
  const ordered = inOrder(SCENARIO_FIELDS, {
    ...scenario,
    load: inOrder(LOAD_FIELDS, load),
    faults: faults?.map(fault => inOrder(FAULT_FIELDS, fault)),
  })
  return Object.entries(ordered).map(([name, value]) => formatEntry(name, value, INDENT))
}

/** Its fields in the order of the guide, those that are not named there, such as settings, last; without what is undefined. */
function inOrder(fields: object, value: object): Record<string, unknown> {
  const given: Record<string, unknown> = { ...value }
  const names = [...Object.keys(fields), ...Object.keys(given)].filter(name => given[name] !== undefined)
  return Object.fromEntries(names.map(name => [name, given[name]]))
}

/** On one line where it fits, with the comma after it. */
function formatEntry(name: string, value: unknown, indent: string): string {
  const key = `${indent}${keyOf(name)}:`
  const line = `${key} ${inline(value)},`
  if (line.length <= LINE_WIDTH && !isAlwaysBroken(value)) return line
  // A text cannot be broken, but may have a line of its own.
  if (typeof value !== 'object' || value === null) return `${key}\n${indent}${INDENT}${inline(value)},`
  return `${key} ${broken(value, indent)},`
}

function broken(value: object, indent: string): string {
  const within = indent + INDENT
  if (Array.isArray(value)) {
    const items = value.map(item => {
      const line = `${within}${inline(item)},`
      return line.length <= LINE_WIDTH ? line : `${within}${broken(item, within)},`
    })
    return `[\n${items.join('\n')}\n${indent}]`
  }
  return `{\n${Object.entries(value)
    .map(([name, item]) => formatEntry(name, item, within))
    .join('\n')}\n${indent}}`
}

/** A list of several objects with several fields each has one to a line. */
function isAlwaysBroken(value: unknown): boolean {
  if (!Array.isArray(value) || value.length < 2) return false
  return value.every(item => typeof item === 'object' && item !== null && Object.keys(item).length > 1)
}

function inline(value: unknown): string {
  if (typeof value === 'string') return quote(value)
  if (typeof value === 'number') return numberText(value)
  if (typeof value !== 'object' || value === null) return String(value)
  if (Array.isArray(value)) return `[${value.map(inline).join(', ')}]`
  const fields = Object.entries(value).map(([name, item]) => `${keyOf(name)}: ${inline(item)}`)
  return fields.length === 0 ? '{}' : `{ ${fields.join(', ')} }`
}

/** Double quotes only where that saves an escape. */
export function quote(text: string): string {
  const json = JSON.stringify(text)
  if (text.includes("'") && !text.includes('"')) return json
  return `'${json.slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`
}

function keyOf(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : quote(name)
}

/** Thousands apart, from five digits on. */
function numberText(value: number): string {
  const text = String(value)
  return /^\d{5,}$/.test(text) ? text.replaceAll(/\B(?=(\d{3})+$)/g, '_') : text
}
