import dynamic from 'next/dynamic'
import { useEffect, useState, useSyncExternalStore } from 'react'
import type { Chat } from '@/chat/chat'
import { pageTitle } from '@/chat/words'
import { Composer } from './composer'
import { ConnectionLine } from './connection-line'
import { EmptyState } from './empty-state'
import { MessageList } from './message-list'
import { RoomHeader } from './room-header'
import { Rooms } from './rooms'
import { Sheet, SheetContent, SheetTitle } from './ui/sheet'
import { useRoomAddress } from './use-room-address'

/** Loaded where there is a demo. */
const DemoPanel = dynamic(() => import('./demo-panel').then(module => module.DemoPanel), { ssr: false })

interface ChatViewProps {
  readonly chat: Chat
  /** Of the demo's control server; null where this is none. */
  readonly demoUrl: string | null
  readonly onSignOut: () => void
}

export function ChatView({ chat, demoUrl, onSignOut }: ChatViewProps) {
  const view = useSyncExternalStore(
    listener => chat.subscribe(listener),
    () => chat.view,
  )
  const { impossibleRoom, goTo } = useRoomAddress(chat)
  const [isSheetOpen, setIsSheetOpen] = useState(false)
  const { room, rooms, connection, user, unreadCount } = view
  const title = pageTitle(room?.name ?? null, unreadCount)
  useEffect(() => {
    document.title = title
  }, [title])

  const roomsProps = { rooms, user, openRoom: room?.name ?? null, onSignOut }
  return (
    <div className="flex h-dvh overflow-hidden">
      <aside
        aria-label="Rooms and account"
        className="hidden w-64 shrink-0 flex-col border-r border-border bg-sidebar text-sidebar-foreground md:flex"
      >
        <Rooms {...roomsProps} onGoTo={goTo} />
      </aside>
      <Sheet open={isSheetOpen} onOpenChange={setIsSheetOpen}>
        <SheetContent className="md:hidden">
          <SheetTitle className="sr-only">Rooms</SheetTitle>
          <Rooms
            {...roomsProps}
            onGoTo={name => {
              setIsSheetOpen(false)
              goTo(name)
            }}
          />
        </SheetContent>
      </Sheet>
      <main className="flex min-w-0 flex-1 flex-col">
        <RoomHeader
          room={room}
          unreadElsewhere={unreadCount - (room?.unreadCount ?? 0)}
          onShowRooms={() => setIsSheetOpen(true)}
          onLeave={name => {
            chat.leave(name)
            goTo(chat.view.rooms[0]?.name ?? null)
          }}
        />
        <ConnectionLine connection={connection} onSignOut={onSignOut} />
        {room === null || room.status === 'refused' ? (
          <EmptyState room={room} impossibleRoom={impossibleRoom} onGoTo={goTo} />
        ) : (
          <>
            <MessageList
              key={`messages ${room.name}`}
              chat={chat}
              room={room}
              user={user}
              isOver={connection.status === 'ended'}
            />
            <Composer
              key={`composer ${room.name}`}
              room={room.name}
              draft={room.draft}
              textBytesMax={view.textBytesMax}
              onDraft={draft => chat.setDraft(room.name, draft)}
              onSend={text => chat.send(room.name, text)}
            />
          </>
        )}
      </main>
      {demoUrl !== null && (
        <aside
          aria-label="Demo"
          className="hidden w-80 shrink-0 overflow-y-auto border-l border-border bg-sidebar p-3 lg:block"
        >
          <DemoPanel demoUrl={demoUrl} connection={connection.status} instance={connection.instance} />
        </aside>
      )}
    </div>
  )
}
