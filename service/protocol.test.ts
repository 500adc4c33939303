import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { afterClose, CLOSE_CODES, ERROR_CODES, HTTP_ERROR_CODES, REJECT_CODES } from './protocol.ts'

const ROOT = join(import.meta.dirname, '..')
const guide = readFileSync(join(ROOT, 'docs', 'protocol.md'), 'utf8')
const source = readFileSync(join(import.meta.dirname, 'protocol.ts'), 'utf8')

/** The rows of the table whose head begins with this cell, as cells. */
function table(head: string): string[][] {
  const start = guide.indexOf(`| ${head} |`)
  const end = guide.indexOf('\n\n', start)
  const lines = guide
    .slice(start, end === -1 ? undefined : end)
    .trimEnd()
    .split('\n')
  return lines.slice(2).map(line =>
    line
      .split('|')
      .slice(1, -1)
      .map(cell => cell.trim().replaceAll('`', '')),
  )
}

/** Names and fields of the frames that the union has. */
function framesOf(union: string): Map<string, string[]> {
  const names = [...source.matchAll(new RegExp(`export type ${union} =([\\s\\S]*?)\\n\\n`, 'g'))][0]![1]!.match(
    /\w+Frame/g,
  )!
  return new Map(
    names.map(name => {
      const body = new RegExp(`export interface ${name} \\{([\\s\\S]*?)\\n\\}`).exec(source)![1]!
      const type = /type: '([a-z]+)'/.exec(body)![1]!
      const fields = [...body.matchAll(/readonly (\w+)\??:/g)]
        .map(([, field]) => field!)
        .filter(field => field !== 'type')
      return [type, fields]
    }),
  )
}

describe('docs/protocol.md', () => {
  it.each([
    ['From the client', 'ClientFrame'],
    ['From the service', 'ServiceFrame'],
  ])('has every frame %s with all of its fields', (heading, union) => {
    const section = guide.slice(guide.indexOf(`## ${heading}`))
    const rows = section
      .slice(section.indexOf('|---|'), section.indexOf('\n\n', section.indexOf('|---|')))
      .split('\n')
      .slice(1)
      .map(line =>
        line
          .split('|')
          .slice(1, -1)
          .map(cell => cell.trim()),
      )
    const frames = framesOf(union)
    expect(rows.map(([name]) => name!.replaceAll('`', '')).sort()).toEqual([...frames.keys()].sort())
    for (const [name, fields] of rows) {
      for (const field of frames.get(name!.replaceAll('`', ''))!) expect(fields, `${name}`).toContain(`\`${field}\``)
    }
  })

  it('has every reject code', () => {
    const rows = Object.entries(REJECT_CODES).map(([code, { retry, why }]) => [code, retry ? 'yes' : 'no', why])
    expect(table('reject code')).toEqual(rows)
  })

  it('has every error over HTTP', () => {
    const rows = Object.entries(HTTP_ERROR_CODES).map(([code, { status, retry, why }]) => {
      return [code, String(status), retry ? 'yes' : 'no', why]
    })
    expect(table('error over HTTP')).toEqual(rows)
  })

  it('has every error code with what follows', () => {
    const rows = Object.entries(ERROR_CODES).map(([code, { closes, why }]) => {
      return [code, closes === null ? 'kept' : `closed with ${CLOSE_CODES[closes].code}`, why]
    })
    expect(table('error code')).toEqual(rows)
  })

  it('has every close code with what to do', () => {
    const rows = Object.values(CLOSE_CODES).map(({ code, after, why }) => [String(code), after, why])
    expect(table('close code')).toEqual(rows)
  })
})

describe('what to do after a close', () => {
  it('is told by the table, and is another try where the table does not have the code', () => {
    for (const { code, after } of Object.values(CLOSE_CODES)) expect(afterClose(code)).toBe(after)
    expect(afterClose(4999)).toBe('reconnect')
  })

  it('has each code once', () => {
    const codes = Object.values(CLOSE_CODES).map(({ code }) => code)
    expect(new Set(codes).size).toBe(codes.length)
  })
})
