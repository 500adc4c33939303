/** Test support: what a document of the project says, so that tests can compare it with what is so. */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'

export class TestDocument {
  readonly text: string

  /** `path` from the root of the repository. */
  constructor(path: string) {
    this.text = readFileSync(join(import.meta.dirname, '..', path), 'utf8')
  }

  /** The rows of the table whose head begins with this cell, as cells without backticks. */
  table(head: string): string[][] {
    const start = this.text.indexOf(`| ${head} |`)
    if (start === -1) throw new Error(`no table begins with "${head}"`)
    const end = this.text.indexOf('\n\n', start)
    const lines = this.text.slice(start, end === -1 ? undefined : end).split('\n')
    return lines
      .slice(2)
      .filter(line => line.startsWith('|'))
      .map(line =>
        line
          .split('|')
          .slice(1, -1)
          .map(cell => cell.trim().replaceAll('`', '')),
      )
  }

  /** The variables that all blocks of shell assignments set. */
  variables(): Record<string, string> {
    const lines = this.text.matchAll(/^ *([A-Z_]+)=(\S+)$/gm)
    return Object.fromEntries([...lines].map(([, name, value]) => [name!, value!]))
  }
}
