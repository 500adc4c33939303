import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readSettings } from './settings.ts'
import { TOKEN_ERRORS } from './sign-in/token-answer.ts'

const guide = readFileSync(join(import.meta.dirname, '..', 'docs', 'front-end.md'), 'utf8')
const rows = guide
  .split('\n')
  .filter(line => line.startsWith('| `'))
  .map(line => line.split('|').map(cell => cell.trim().replaceAll('`', '')))

describe('docs/front-end.md', () => {
  it('has every variable that is read, and no other', () => {
    const asked = new Set<string>()
    const environment = new Proxy<Record<string, string>>(
      {},
      {
        get: (_target, name) => void asked.add(String(name)),
      },
    )
    readSettings(environment)
    // Set by Node's own custom, not by whoever deploys this.
    asked.delete('NODE_ENV')
    const written = rows.flatMap(([, names]) => names!.split(', ')).filter(name => /^[A-Z_]+$/.test(name))
    expect(written.toSorted()).toEqual([...asked].toSorted())
  })

  it('has the errors of the token endpoint', () => {
    const written = rows.filter(([, code]) => code! in TOKEN_ERRORS).map(([, ...cells]) => cells.slice(0, 3))
    expect(written).toEqual(Object.entries(TOKEN_ERRORS).map(([code, { status, why }]) => [code, String(status), why]))
  })
})
