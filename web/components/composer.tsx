import { SendHorizontalIcon } from 'lucide-react'
import { type FormEvent, type KeyboardEvent, useEffect, useId, useRef } from 'react'
import { Button } from './ui/button'
import { Textarea } from './ui/textarea'

interface ComposerProps {
  readonly room: string
  readonly draft: string
  readonly textBytesMax: number | null
  readonly onDraft: (draft: string) => void
  readonly onSend: (text: string) => void
}

const ENCODER = new TextEncoder()
/** What is left is told from here on. */
const TOLD_FROM = 0.9
const COMPOSING_KEY_CODE = 229

/** Enter sends, Shift-Enter begins a new line. */
export function Composer({ room, draft, textBytesMax, onDraft, onSend }: ComposerProps) {
  const input = useRef<HTMLTextAreaElement>(null)
  const noteId = useId()
  // Who opens a room wants to write, behind what he has written already. Not by touch, where the keyboard would cover the messages.
  useEffect(() => {
    const { current } = input
    if (current === null || !matchMedia('(hover: hover) and (pointer: fine)').matches) return
    current.focus({ preventScroll: true })
    current.setSelectionRange(current.value.length, current.value.length)
  }, [])
  const bytes = textBytesMax !== null && draft.length * 3 > textBytesMax * TOLD_FROM ? ENCODER.encode(draft).length : 0
  const isTooLong = textBytesMax !== null && bytes > textBytesMax
  const isTold = textBytesMax !== null && bytes > textBytesMax * TOLD_FROM
  const send = () => {
    const text = draft.trim()
    if (text === '' || isTooLong) return
    onSend(text)
    onDraft('')
    input.current?.focus()
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    send()
  }
  const pressed = (event: KeyboardEvent) => {
    // While a word is being composed, Enter chooses among what the keyboard proposes. Safari says so by the key's code alone.
    const isComposing = event.nativeEvent.isComposing || event.keyCode === COMPOSING_KEY_CODE
    if (event.key !== 'Enter' || event.shiftKey || isComposing) return
    event.preventDefault()
    send()
  }
  return (
    <form onSubmit={submit} className="shrink-0 border-t border-border px-3 py-3 md:px-4">
      <div className="mx-auto flex max-w-4xl items-end gap-2">
        <Textarea
          ref={input}
          value={draft}
          onChange={event => onDraft(event.target.value)}
          onKeyDown={pressed}
          rows={1}
          aria-label="Message"
          aria-invalid={isTooLong}
          aria-describedby={isTold ? noteId : undefined}
          placeholder={`Message to ${room}`}
          className="max-h-40 min-h-10 flex-1"
        />
        <Button type="submit" size="icon" disabled={draft.trim() === '' || isTooLong}>
          <SendHorizontalIcon aria-hidden="true" />
          <span className="sr-only">Send</span>
        </Button>
      </div>
      {isTold && (
        <p
          id={noteId}
          role={isTooLong ? 'alert' : undefined}
          className={`mx-auto max-w-4xl pt-1 text-xs ${isTooLong ? 'text-destructive' : 'text-muted-foreground'}`}
        >
          {isTooLong ? `Too long to send: ${bytes} of ${textBytesMax} bytes.` : `${bytes} of ${textBytesMax} bytes.`}
        </p>
      )}
    </form>
  )
}
