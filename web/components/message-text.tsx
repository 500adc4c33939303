import { memo } from 'react'
import { textParts } from '@/chat/links'

/** The text as it was written, with its line breaks; addresses are links that tell the other side nothing. */
export const MessageText = memo(function MessageText({ text }: { readonly text: string }) {
  return textParts(text).map((part, index) =>
    part.kind === 'text' ? (
      part.text
    ) : (
      <a
        // biome-ignore lint/suspicious/noArrayIndexKey: the parts of a text never change
        key={index}
        href={part.href}
        target="_blank"
        rel="noopener noreferrer nofollow"
        className="rounded-sm underline underline-offset-2 outline-none focus-visible:ring-2 focus-visible:ring-current"
      >
        {part.text}
      </a>
    ),
  )
})
