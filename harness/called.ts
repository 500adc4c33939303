/** What the commands are called: in the repository `npm run scenario smoke -- --seed 7`, in the package `npx tuesday scenario smoke --seed 7`. */

import { IS_PACKAGE } from './project.ts'

/** Scripts of `package.json` that are commands of the package, too. */
const COMMANDS = /npm run (scenario|find-capacity|check|compare|runs|k6)\b/

/** The text, which names commands as in the repository, with the names that they have here. */
export function asCalled(text: string, isPackage = IS_PACKAGE): string {
  return isPackage ? text.split('\n').map(inPackage).join('\n') : text
}

function inPackage(line: string): string {
  if (!COMMANDS.test(line)) return line
  const [command = '', gap = '', about = ''] = line.split(/( {2,})/)
  const called = command
    .replaceAll(new RegExp(COMMANDS, 'g'), 'npx tuesday $1')
    .replace('[-- flags]', '[flags]')
    .replace(/ -- (?=-)/, ' ')
    .replace(/ --(?=[`,;.]|$)/, '')
  // What is told about a command stays in its column.
  return about === '' ? called + gap : called.padEnd(command.length + gap.length - 2) + gap.slice(0, 2) + about
}
