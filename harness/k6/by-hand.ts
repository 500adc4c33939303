/** What a run without load tells those who make the load with k6. */

import { fileName } from './script.ts'

export interface LoadByHand {
  /** Of the scenario. */
  readonly name: string
  /** The scenario as the command line has it: one word of a shell. */
  readonly word: string
  /** Of the scripts, such as `TUESDAY_SEED=7`. */
  readonly variables: readonly string[]
  /** Whether the script lies in the project. */
  readonly hasScript: boolean
  /** The npm package holds no scripts: they import the harness as source. */
  readonly isPackage: boolean
}

/** Lines in order; the last is the command. */
export function loadByHand({ name, word, variables, hasScript, isPackage }: LoadByHand): readonly string[] {
  const from = isPackage ? ', in a working copy of Tuesday' : ''
  const write = hasScript ? '' : `npm run k6 -- ${word} && `
  return [
    `no load is made here: only the faults and the service are judged. Make one now, with k6 for example${from}:`,
    `${write}k6 run -e ${variables.join(' -e ')} scenarios/k6/${fileName(name)}`,
  ]
}
