/** Writes a scenario down as a k6 script: its data, and what of it k6 cannot do. Pure. */

import { formatFields, quote } from '../explore/source-text.ts'
import { clientCount, messageCount } from '../scenario/load-size.ts'
import { ScenarioError } from '../scenario/problem.ts'
import { DEFAULTS, type FaultSpec, type Scenario } from '../scenario/scenario.ts'
import { thresholdsOf } from './thresholds.ts'

/** k6 connects from one address, which has 28,232 local ports for each instance unless Linux is told otherwise. */
export const K6_CLIENTS_MAX = 20_000
/** k6's interpreter works the plan out before the start, and keeps it as text; it compiles nothing. */
export const K6_MESSAGES_MAX = 500_000
const LINE_WIDTH = 118

/**
 * @param file of the scenario, from the project's folder
 * @throws ScenarioError where the load cannot be expressed, with the reason
 */
export function k6Script(name: string, scenario: Scenario, file: string): string {
  refuse(scenario, file)
  const { faults: _faults, ...data } = scenario
  return [
    `// Written by \`npm run k6 -- ${name}\` from ${file}: edit that one, and run it again.`,
    '',
    docComment(describe(name, scenario)),
    '',
    "import { flood } from './flood/flood.ts'",
    '',
    `const script = flood(${quote(name)}, {`,
    ...formatFields(data),
    '})',
    '',
    'export const options = script.options',
    'export default script.run',
    '',
  ].join('\n')
}

function refuse(scenario: Scenario, file: string): void {
  const { load, http } = scenario
  const cannot = (field: string, why: string) => {
    throw new ScenarioError(`${file}: ${field}: cannot be a k6 script: ${why}`)
  }
  if (http !== undefined) {
    cannot('http', 'the script makes the load over WebSockets alone; leave "http" out, or run it with the harness')
  }
  const clients = clientCount(load)
  if (clients > K6_CLIENTS_MAX) {
    cannot('load.clients', `${clients} clients are more than the ${K6_CLIENTS_MAX} that one k6 process can connect`)
  }
  const { messagesPerSecond, warmUpSeconds = DEFAULTS.warmUpSeconds } = load
  const messages = messageCount(load) + Math.round(messagesPerSecond * warmUpSeconds)
  if (messages > K6_MESSAGES_MAX) {
    const most = `more than the ${K6_MESSAGES_MAX} that a script plans`
    cannot('load', `${messages} messages are ${most}; lower "seconds" or "messagesPerSecond"`)
  }
}

function describe(name: string, scenario: Scenario): string[] {
  const { about, faults = [] } = scenario
  const path = `scenarios/k6/${fileName(name)}`
  const unjudged = thresholdsOf(scenario, { sends: 0, hasFaults: faults.length > 0 }).unjudged
  const list = (lines: readonly string[]) => lines.map(line => `- ${line}`)
  return [
    about,
    '',
    `    k6 run -e TUESDAY_URLS=ws://127.0.0.1:8080,ws://127.0.0.1:8081 ${path}`,
    ...(faults.length === 0
      ? []
      : [`    npm run scenario ${name} -- --load none   # brings up the cluster, injects the faults`]),
    '',
    'What k6 cannot do of it; docs/k6.md tells more:',
    '',
    ...list([
      ...(faults.length === 0
        ? []
        : [`its faults, ${faults.map(faultInWords).join(', ')}; the harness does that, while k6 makes the load.`]),
      'the ledger: nobody compares what all clients were told; each knows of loss, duplicates and order what it can see by itself.',
      'the end: no roll call, no counts of who is there, no reading of the logs.',
      ...(unjudged.length === 0
        ? []
        : [`these budgets: ${unjudged.map(({ measure, why }) => `${measure} (${why})`).join(', ')}.`]),
    ]),
  ]
}

function faultInWords({ kind, atSeconds }: FaultSpec): string {
  const when = typeof atSeconds === 'number' ? `${atSeconds} s` : `${atSeconds.from} to ${atSeconds.to} s`
  return `${kind} at ${when}`
}

/** A scenario in a folder of its own has a script without one. */
export function fileName(name: string): string {
  return `${name.replaceAll('/', '-')}.ts`
}

function docComment(lines: readonly string[]): string {
  const wrapped = lines.flatMap(line => (line.startsWith('    ') ? [line] : wrap(line)))
  return ['/**', ...wrapped.map(line => (line === '' ? ' *' : ` * ${line.replaceAll('*/', '* /')}`)), ' */'].join('\n')
}

/** Lines of a list are indented from the second one on. */
function wrap(text: string): string[] {
  const indent = text.startsWith('- ') ? '  ' : ''
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > LINE_WIDTH - 3) {
      lines.push(line)
      line = indent + word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line]
}
