import { CheckIcon, ClockIcon, TriangleAlertIcon } from 'lucide-react'
import { memo } from 'react'
import type { MessageEntry } from '@/chat/timeline'
import { clockTime } from '@/chat/words'
import { cn } from '@/lib/utils'
import { MessageText } from './message-text'
import { Avatar } from './ui/avatar'
import { Button } from './ui/button'

interface MessageRowProps {
  readonly message: MessageEntry
  readonly isFirstOfGroup: boolean
  readonly isOwn: boolean
  readonly onRetry: (key: string) => void
  readonly onDiscard: (key: string) => void
}

export const MessageRow = memo(function MessageRow(props: MessageRowProps) {
  const { message, isFirstOfGroup, isOwn } = props
  const { id, position, from, text, atMs, state } = message
  return (
    <div
      data-message=""
      data-id={id ?? undefined}
      data-epoch={position?.epoch}
      data-seq={position?.seq}
      data-from={from}
      data-state={state}
      className={cn('mx-auto flex max-w-4xl gap-2 px-3 pb-0.5 md:px-4', isFirstOfGroup ? 'pt-3' : 'pt-0')}
    >
      <div className="w-8 shrink-0">{isFirstOfGroup && <Avatar name={from} />}</div>
      <div className="min-w-0 flex-1">
        <p className={isFirstOfGroup ? 'flex items-baseline gap-2 pb-0.5' : 'sr-only'}>
          <span className="truncate text-sm font-semibold">{from}</span>
          <time dateTime={new Date(atMs).toISOString()} className="text-xs text-muted-foreground tabular-nums">
            {clockTime(atMs)}
          </time>
        </p>
        <div className="flex items-end gap-2">
          <p
            data-text=""
            dir="auto"
            className={cn(
              'min-w-0 overflow-clip rounded-lg px-3 py-1.5 text-sm leading-5 break-words whitespace-pre-wrap [overflow-wrap:anywhere]',
              isOwn ? 'bg-primary text-primary-foreground' : 'bg-secondary text-secondary-foreground',
              state === 'failed' && 'bg-background text-foreground ring-1 ring-destructive ring-inset',
            )}
          >
            <MessageText text={text} />
          </p>
          <State state={state} />
        </div>
        {state === 'failed' && <Failure {...props} />}
      </div>
    </div>
  )
})

/** As wide in every state. */
function State({ state }: Pick<MessageEntry, 'state'>) {
  if (state === 'received' || state === 'failed') return null
  const Icon = state === 'sending' ? ClockIcon : CheckIcon
  return (
    <span className="pb-1 text-muted-foreground" title={state === 'sending' ? 'Sending' : 'Sent'}>
      <Icon className="size-3.5" aria-hidden="true" />
      <span className="sr-only">{state === 'sending' ? 'Sending' : 'Sent'}</span>
    </span>
  )
}

function Failure({ message, onRetry, onDiscard }: MessageRowProps) {
  return (
    <p className="flex flex-wrap items-center gap-x-2 pt-1 text-xs text-destructive">
      <TriangleAlertIcon className="size-3.5 shrink-0" aria-hidden="true" />
      <span>{message.failure}</span>
      <Button variant="link" size="inline" className="text-xs" onClick={() => onRetry(message.key)}>
        Retry
      </Button>
      <Button variant="link" size="inline" className="text-xs" onClick={() => onDiscard(message.key)}>
        Discard
      </Button>
    </p>
  )
}
