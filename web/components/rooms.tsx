import { HashIcon, LogOutIcon } from 'lucide-react'
import type { MouseEvent } from 'react'
import type { RoomSummary } from '@/chat/room'
import { unreadText } from '@/chat/words'
import { cn } from '@/lib/utils'
import { JoinRoom } from './join-room'
import { ThemeMenu } from './theme-menu'
import { Avatar } from './ui/avatar'
import { Badge } from './ui/badge'
import { Button } from './ui/button'
import { addressOf } from './use-room-address'

interface RoomsProps {
  readonly rooms: readonly RoomSummary[]
  readonly openRoom: string | null
  readonly user: string
  readonly onGoTo: (room: string) => void
  readonly onSignOut: () => void
}

export function Rooms({ rooms, openRoom, user, onGoTo, onSignOut }: RoomsProps) {
  return (
    <>
      <p className="flex h-14 shrink-0 items-center px-4 text-lg font-semibold tracking-tight">Tuesday</p>
      <nav aria-label="Rooms" className="min-h-0 flex-1 overflow-y-auto px-2 py-1">
        {rooms.length === 0 ? (
          <p className="px-2 text-sm text-muted-foreground">No rooms yet.</p>
        ) : (
          <ul className="flex flex-col gap-0.5">
            {rooms.map(room => (
              <li key={room.name}>
                <RoomLink room={room} isOpen={room.name === openRoom} onGoTo={onGoTo} />
              </li>
            ))}
          </ul>
        )}
      </nav>
      <JoinRoom onJoin={onGoTo} className="border-t border-border p-3" />
      <div className="flex items-center gap-2 border-t border-border p-3">
        <Avatar name={user} />
        <span className="min-w-0 flex-1 truncate text-sm font-medium">{user}</span>
        <ThemeMenu />
        <Button variant="ghost" size="icon" className="size-8" onClick={onSignOut} title="Sign out">
          <LogOutIcon aria-hidden="true" />
          <span className="sr-only">Sign out</span>
        </Button>
      </div>
    </>
  )
}

interface RoomLinkProps {
  readonly room: RoomSummary
  readonly isOpen: boolean
  readonly onGoTo: (room: string) => void
}

function RoomLink({ room, isOpen, onGoTo }: RoomLinkProps) {
  const { name, unreadCount } = room
  const follow = (event: MouseEvent) => {
    // With a key held down the person wants a tab of its own.
    if (event.metaKey || event.ctrlKey || event.shiftKey) return
    event.preventDefault()
    onGoTo(name)
  }
  return (
    <a
      href={addressOf(name)}
      onClick={follow}
      aria-current={isOpen ? 'page' : undefined}
      className={cn(
        'flex h-9 items-center gap-2 rounded-md px-2 text-sm outline-none hover:bg-accent focus-visible:ring-2 focus-visible:ring-ring',
        isOpen && 'bg-accent font-medium text-accent-foreground',
        unreadCount > 0 && 'font-semibold',
      )}
    >
      <HashIcon className="size-4 shrink-0 text-muted-foreground" aria-hidden="true" />
      <span className="min-w-0 flex-1 truncate">{name}</span>
      {unreadCount > 0 && (
        <Badge>
          {unreadText(unreadCount)}
          <span className="sr-only"> unread</span>
        </Badge>
      )}
    </a>
  )
}
