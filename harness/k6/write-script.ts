/** `npm run k6 -- <scenario>`: writes or refreshes `scenarios/k6/<scenario>.ts`. */

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { loadScenario } from '../scenario/catalogue.ts'
import { fileName, k6Script } from './script.ts'

/** Within the project. */
export const K6_FOLDER = join('scenarios', 'k6')

export interface WrittenScript {
  /** Within the project. */
  readonly path: string
  readonly text: string
}

/** Throws `ScenarioError` where there is no such scenario, and where its load cannot be a script. */
export async function renderK6Script(nameOrPath: string, project: string): Promise<WrittenScript> {
  const folder = join(project, 'scenarios')
  const { name, scenario, file } = await loadScenario(nameOrPath, folder)
  const isNamed = !nameOrPath.endsWith('.ts')
  const source = isNamed ? relative(project, join(folder, `${name}.ts`)) : file
  return { path: join(K6_FOLDER, fileName(name)), text: k6Script(name, scenario, source.split(sep).join('/')) }
}

/** Answers what it did, in a line. Throws as {@link renderK6Script} does. */
export async function writeK6Script(nameOrPath: string, project: string): Promise<string> {
  const { path, text } = await renderK6Script(nameOrPath, project)
  const absolute = join(project, path)
  const before = existsSync(absolute) ? readFileSync(absolute, 'utf8') : null
  if (before === text) return `${path} is as it should be.`
  mkdirSync(dirname(absolute), { recursive: true })
  writeFileSync(absolute, text)
  return `${before === null ? 'Wrote' : 'Refreshed'} ${path}. Run it: k6 run -e TUESDAY_URLS=ws://127.0.0.1:8080 ${path}`
}
