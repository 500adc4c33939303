import { expect, test } from 'vitest'
import { html, jsonText, ownText } from './html.ts'

test('what is put in is escaped, in text and in attributes', () => {
  const name = `<script>alert("1")</script> & 'so on'`
  const markup = html`<p title="${name}">${name}</p>`.toString()
  expect(markup).toBe(
    '<p title="&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &#39;so on&#39;">' +
      '&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &#39;so on&#39;</p>',
  )
})

test('markup and lists of it go in as they are, once escaped', () => {
  const items = ['a<b', 'c'].map(name => html`<li>${name}</li>`)
  expect(html`<ul>${items}</ul>`.toString()).toBe('<ul><li>a&lt;b</li><li>c</li></ul>')
})

test('what is not there is nothing, and 0 is something', () => {
  expect(html`${null}${undefined}${false}|${0}|${''}`.toString()).toBe('|0|')
})

test('control characters are seen', () => {
  expect(html`${'a\x1b[31m\x00b\tc\n'}`.toString()).toBe('a\ufffd[31m\ufffdb\tc\n')
})

test('data cannot end the element that it stands in, and is read back as it was', () => {
  const value = { name: '</script><!-- <script>' }
  const text = jsonText(value).toString()
  expect(text).not.toContain('<')
  expect(JSON.parse(text)).toEqual(value)
})

test('a file that would end its element is refused', () => {
  expect(() => ownText('a = "</SCRIPT>"', 'script')).toThrow(/<\/script/)
  expect(ownText('a < b', 'script').toString()).toBe('a < b')
})
