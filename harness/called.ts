/** What the commands are called: in the repository `npm run scenario smoke -- --seed 7`, in the package `npx tuesday scenario smoke --seed 7`. */

import { IS_PACKAGE } from './project.ts'

/** Scripts of `package.json` that are commands of the package, too. */
const COMMAND = /npm run (scenario|find-capacity|check|compare|runs|k6)\b/g
/** A line of a usage: the command, and what is told about it in a column of its own. */
const USAGE = /^(npm run .*?)( {2,})(\S.*)$/

/** The text, which names commands as in the repository, with the names that they have here. */
export function asCalled(text: string, isPackage = IS_PACKAGE): string {
  return isPackage ? text.split('\n').map(lineInPackage).join('\n') : text
}

function lineInPackage(line: string): string {
  const usage = USAGE.exec(line)
  if (usage === null) return inPackage(line)
  const [, command = '', gap = '', about = ''] = usage
  return `${inPackage(command).padEnd(command.length + gap.length - 2)}  ${inPackage(about)}`
}

function inPackage(text: string): string {
  return text
    .replaceAll(COMMAND, 'npx tuesday $1')
    .replaceAll(/(npx tuesday [^`]*?)\[-- flags\]/g, '$1[flags]')
    .replaceAll(/(npx tuesday [^`]*?) -- (?=-)/g, '$1 ')
}
