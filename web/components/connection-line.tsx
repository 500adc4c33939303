import { useEffect, useState } from 'react'
import type { ConnectionView } from '@/chat/host'
import { sentence } from '@/chat/words'
import { cn } from '@/lib/utils'
import { Button } from './ui/button'

interface ConnectionLineProps {
  readonly connection: ConnectionView
  readonly onSignOut: () => void
}

/** Always there and always as high, so that nothing moves when something happens; unless it is over, and why has to be read. */
export function ConnectionLine({ connection, onSignOut }: ConnectionLineProps) {
  const { status, instance, retryAtMs } = connection
  return (
    <div className="flex min-h-7 shrink-0 items-center gap-2 border-b border-border px-3 text-xs text-muted-foreground md:px-4">
      <span aria-hidden="true" className={cn('size-2 shrink-0 rounded-full', DOTS[status])} />
      <p
        role="status"
        data-connection={status}
        data-instance={instance ?? ''}
        className={cn('min-w-0', status === 'ended' ? 'py-1' : 'truncate')}
      >
        {textOf(connection)}
        {/* Not told to screen readers: it would be told every second. */}
        {retryAtMs !== null && <Countdown atMs={retryAtMs} />}
      </p>
      {status === 'ended' && (
        <Button variant="link" size="inline" className="text-xs" onClick={onSignOut}>
          Sign in again
        </Button>
      )}
    </div>
  )
}

const DOTS = {
  connecting: 'bg-warning',
  open: 'bg-success',
  waiting: 'bg-warning',
  draining: 'bg-warning',
  offline: 'bg-destructive',
  ended: 'bg-destructive',
} as const

function textOf({ status, instance, reason }: ConnectionView): string {
  switch (status) {
    case 'connecting':
      return 'Connecting…'
    case 'open':
      return `Connected to ${instance}`
    case 'waiting':
      return instance === null ? 'No server has answered yet. Trying again' : 'Reconnecting'
    case 'draining':
      return `Connected to ${instance}, which is going away`
    case 'offline':
      return 'Offline. What you send goes out later.'
    case 'ended':
      return sentence(`Not connected: ${reason ?? 'the connection has ended'}`)
  }
}

const SECOND_MS = 1000
const REDRAW_MS = 250

function Countdown({ atMs }: { readonly atMs: number }) {
  const [nowMs, setNowMs] = useState(() => performance.now())
  useEffect(() => {
    const timer = setInterval(() => setNowMs(performance.now()), REDRAW_MS)
    return () => clearInterval(timer)
  }, [])
  const seconds = Math.ceil((atMs - nowMs) / SECOND_MS)
  return (
    <span aria-hidden="true" className="tabular-nums">
      {seconds > 0 ? ` in ${seconds} s` : '…'}
    </span>
  )
}
