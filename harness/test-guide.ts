/** Test support: the code of a guide, so that what the guide shows is what a test has run. */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const REPOSITORY = join(import.meta.dirname, '..')

/** The contents of the blocks in that language, in order. */
export function codeBlocks(guide: string, language: string): string[] {
  const text = readFileSync(join(REPOSITORY, guide), 'utf8')
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm'))].map(([, code]) => code!)
}
