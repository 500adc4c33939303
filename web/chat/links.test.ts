import fc from 'fast-check'
import { expect, test } from 'vitest'
import { textParts } from './links.ts'

const links = (text: string) => textParts(text).flatMap(part => (part.kind === 'link' ? [part.text] : []))

test.each([
  ['see https://example.org/a?b=c#d.', ['https://example.org/a?b=c#d']],
  ['(https://example.org/wiki/A_(b))', ['https://example.org/wiki/A_(b)']],
  ['http://a.example, https://b.example!', ['http://a.example', 'https://b.example']],
  ['HTTPS://EXAMPLE.ORG', ['HTTPS://EXAMPLE.ORG']],
  ['javascript:alert(1) data:text/html,x ftp://x.example', []],
  ['https://bank.example@evil.example/', []],
  ['xhttps://example.org', []],
  ['https://', []],
])('%s', (text, expected) => {
  expect(links(text)).toEqual(expected)
})

test('markup ends an address, and stays text', () => {
  expect(textParts('<a href="https://x.example/"><img src=x onerror=alert(1)>')).toMatchObject([
    { kind: 'text', text: '<a href="' },
    { kind: 'link', href: 'https://x.example/' },
    { kind: 'text', text: '"><img src=x onerror=alert(1)>' },
  ])
})

/** As long as a text may be; each was found to take most of a second, or a part of one, where every character was looked at again and again. */
test.each([
  ['closing brackets', `http://x${')'.repeat(8000)}`, ['http://x']],
  ['brackets and full stops', `http://x/${').'.repeat(4000)}`, ['http://x/']],
  ['full stops in the middle', `http://x${'.'.repeat(8000)}y`, [`http://x${'.'.repeat(8000)}y`]],
])('an address with %s takes no time', (_, text, expected) => {
  const fromMs = performance.now()
  expect(links(text)).toEqual(expected)
  expect(performance.now() - fromMs).toBeLessThan(20)
})

test('whatever is written, the parts are the text, and every link is of the web', () => {
  const piece = fc.constantFrom(
    'https://',
    'http://x.example',
    'javascript:',
    '"',
    '<',
    '>',
    '(',
    ')',
    '@',
    '.',
    ' ',
    '\n',
    'é',
  )
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(piece).map(pieces => pieces.join('')),
      ),
      text => {
        const parts = textParts(text)
        expect(parts.map(part => part.text).join('')).toBe(text)
        for (const part of parts) if (part.kind === 'link') expect(part.href).toMatch(/^https?:\/\//)
      },
    ),
  )
})
