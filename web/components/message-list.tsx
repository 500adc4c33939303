import { ArrowDownIcon } from 'lucide-react'
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react'
import { Virtualizer, type VirtualizerHandle } from 'virtua'
import type { Chat } from '@/chat/chat'
import type { RoomView } from '@/chat/room'
import type { Row } from '@/chat/rows'
import { gapText, unreadText } from '@/chat/words'
import { DaySeparator } from './day-separator'
import { MessageRow } from './message-row'
import { Button } from './ui/button'

interface MessageListProps {
  readonly chat: Chat
  readonly room: RoomView
  readonly user: string
  /** The connection has ended for good. */
  readonly isOver: boolean
}

/** Nearer than this to the end is at the end: a pixel or two are lost in rounding. */
const END_PX = 40
/** Nearer than this to the beginning, older messages are read ahead. */
const START_PX = 600
/** Drawn beyond the edges, so that fast scrolling shows no empty stretch. */
const BUFFER_PX = 400
/** Height of what stands above the first row, always. */
const TOP_PX = 48

export function MessageList({ chat, room, user, isOver }: MessageListProps) {
  const { name, rows, older, startVersion, ownVersion } = room
  const onReadOlder = useCallback(() => void chat.readOlder(name), [chat, name])
  const onRetry = useCallback((key: string) => chat.retry(name, key), [chat, name])
  const onDiscard = useCallback((key: string) => chat.discard(name, key), [chat, name])
  const scroller = useRef<HTMLDivElement>(null)
  const list = useRef<VirtualizerHandle>(null)
  const isAtEndRef = useRef(true)
  const [isAtEnd, setIsAtEnd] = useState(true)
  // While rows come or go at the start, the place of those in sight is kept.
  const drawnStartVersion = useRef(startVersion)
  const hasStartChanged = drawnStartVersion.current !== startVersion

  const noteEnd = useCallback(
    (isEnd: boolean) => {
      isAtEndRef.current = isEnd
      setIsAtEnd(isEnd)
      chat.setAtEnd(isEnd)
    },
    [chat],
  )
  const goToEnd = useCallback(() => {
    if (rows.length > 0) list.current?.scrollToIndex(rows.length - 1, { align: 'end' })
  }, [rows.length])

  // biome-ignore lint/correctness/useExhaustiveDependencies: it is the new rows that call for it
  useLayoutEffect(() => {
    drawnStartVersion.current = startVersion
    if (isAtEndRef.current) goToEnd()
  }, [rows, startVersion, goToEnd])

  // biome-ignore lint/correctness/useExhaustiveDependencies: who says something wants to see it
  useLayoutEffect(() => {
    goToEnd()
    noteEnd(true)
  }, [ownVersion])

  // The keyboard of a phone, or a window that is made smaller.
  useEffect(() => {
    const observer = new ResizeObserver(() => {
      if (isAtEndRef.current) goToEnd()
    })
    observer.observe(scroller.current!)
    return () => observer.disconnect()
  }, [goToEnd])

  // Where the rows do not fill the window, nobody can scroll up to ask for more.
  // biome-ignore lint/correctness/useExhaustiveDependencies: asked anew with each change of the rows
  useEffect(() => {
    const { scrollTop } = scroller.current!
    if (older === 'more' && rows.length > 0 && scrollTop < START_PX && !isFilled(scroller.current!)) onReadOlder()
  }, [older, rows])

  const scrolled = (offset: number) => {
    const { scrollHeight, clientHeight } = scroller.current!
    const isEnd = scrollHeight - clientHeight - offset <= END_PX
    if (isEnd !== isAtEndRef.current) noteEnd(isEnd)
    if (offset < START_PX && older === 'more' && isFilled(scroller.current!)) onReadOlder()
  }

  return (
    <div className="relative min-h-0 flex-1">
      <div
        ref={scroller}
        role="log"
        aria-label={`Messages in ${name}`}
        // Rows that come into sight by scrolling are no news.
        aria-live={isAtEnd ? 'polite' : 'off'}
        aria-busy={room.status === 'joining' && !isOver}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard
        tabIndex={0}
        className="flex h-full flex-col overflow-y-auto overscroll-contain outline-none [overflow-anchor:none] focus-visible:ring-2 focus-visible:ring-ring focus-visible:ring-inset"
      >
        <div className="flex-1" />
        <div className="flex shrink-0 items-center justify-center" style={{ height: TOP_PX }}>
          <Top room={room} isOver={isOver} onReadOlder={onReadOlder} />
        </div>
        <Virtualizer
          ref={list}
          scrollRef={scroller}
          startMargin={TOP_PX}
          shift={hasStartChanged}
          bufferSize={BUFFER_PX}
          data={rows}
          onScroll={scrolled}
        >
          {(row, index) => (
            <div key={row.key} className={index === rows.length - 1 ? 'pb-3' : undefined}>
              <RowView row={row} user={user} onRetry={onRetry} onDiscard={onDiscard} />
            </div>
          )}
        </Virtualizer>
      </div>
      {!isAtEnd && (
        <Button
          variant="outline"
          size="sm"
          className="absolute right-4 bottom-3 rounded-full shadow-md"
          onClick={() => {
            goToEnd()
            scroller.current?.focus()
          }}
        >
          <ArrowDownIcon aria-hidden="true" />
          {room.unreadCount > 0 ? `${unreadText(room.unreadCount)} new` : 'Newest'}
        </Button>
      )}
    </div>
  )
}

function isFilled({ scrollHeight, clientHeight }: HTMLElement): boolean {
  return scrollHeight > clientHeight
}

interface RowViewProps {
  readonly row: Row
  readonly user: string
  readonly onRetry: (key: string) => void
  readonly onDiscard: (key: string) => void
}

function RowView({ row, user, onRetry, onDiscard }: RowViewProps) {
  switch (row.kind) {
    case 'day':
      return <DaySeparator atMs={row.atMs} />
    case 'unread':
      return (
        <div
          data-unread=""
          className="mx-auto flex max-w-4xl items-center gap-3 px-4 pt-3 text-xs font-medium text-destructive"
        >
          <span className="h-px flex-1 bg-destructive" />
          New
          <span className="h-px flex-1 bg-destructive" />
        </div>
      )
    case 'gap':
      return (
        <p
          data-gap=""
          role="note"
          className="mx-auto my-3 max-w-xl rounded-md border border-dashed border-warning px-3 py-2 text-center text-sm text-warning"
        >
          {gapText(row.gap)}
        </p>
      )
    case 'message':
      return (
        <MessageRow
          message={row.message}
          isFirstOfGroup={row.isFirstOfGroup}
          isOwn={row.message.from === user}
          onRetry={onRetry}
          onDiscard={onDiscard}
        />
      )
  }
}

interface TopProps {
  readonly room: RoomView
  readonly isOver: boolean
  readonly onReadOlder: () => void
}

/** What lies before the first row. */
function Top({ room, isOver, onReadOlder }: TopProps) {
  // The line above says why nothing comes.
  if (room.status === 'joining' && isOver) return null
  if (room.status === 'joining') return <p className="text-sm text-muted-foreground">Loading messages…</p>
  if (room.rows.length === 0) return <p className="text-sm text-muted-foreground">Nobody has said anything here yet.</p>
  switch (room.older) {
    case 'loading':
      return <p className="text-sm text-muted-foreground">Loading older messages…</p>
    case 'failed':
      return (
        <p className="text-sm text-muted-foreground">
          Older messages could not be read.{' '}
          <Button variant="link" size="inline" onClick={onReadOlder}>
            Try again
          </Button>
        </p>
      )
    case 'not-kept':
      return <p className="text-sm text-muted-foreground">Older messages are no longer kept.</p>
    case 'beginning':
      return <p className="text-sm text-muted-foreground">This is where the room begins.</p>
    case 'more':
      return (
        <Button variant="ghost" size="sm" onClick={onReadOlder}>
          Older messages
        </Button>
      )
  }
}
