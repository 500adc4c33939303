import { DoorOpenIcon, MenuIcon, PlugIcon, UsersIcon } from 'lucide-react'
import type { ReactNode } from 'react'
import type { RoomView } from '@/chat/room'
import { unreadText } from '@/chat/words'
import { Badge } from './ui/badge'
import { Button } from './ui/button'

interface RoomHeaderProps {
  readonly room: RoomView | null
  /** Unread messages of the other rooms. */
  readonly unreadElsewhere: number
  readonly onShowRooms: () => void
  readonly onLeave: (room: string) => void
}

export function RoomHeader({ room, unreadElsewhere, onShowRooms, onLeave }: RoomHeaderProps) {
  return (
    <header className="flex h-14 shrink-0 items-center gap-2 border-b border-border px-2 md:px-4">
      <Button variant="ghost" size="icon" className="relative md:hidden" onClick={onShowRooms}>
        <MenuIcon aria-hidden="true" />
        <span className="sr-only">Show rooms</span>
        {unreadElsewhere > 0 && <Badge className="absolute top-0 right-0">{unreadText(unreadElsewhere)}</Badge>}
      </Button>
      <h1 className="min-w-0 flex-1 truncate text-lg font-semibold tracking-tight">{room?.name ?? 'Tuesday'}</h1>
      {room !== null && room.status !== 'refused' && (
        <>
          <Count
            icon={<UsersIcon aria-hidden="true" />}
            attribute="data-participants"
            value={room.participants}
            one="participant"
            many="participants"
          />
          <Count
            icon={<PlugIcon aria-hidden="true" />}
            attribute="data-connections"
            value={room.connections}
            one="connection"
            many="connections"
          />
        </>
      )}
      {room !== null && (
          <Button variant="ghost" size="icon" onClick={() => onLeave(room.name)} title="Leave room">
            <DoorOpenIcon aria-hidden="true" />
            <span className="sr-only">Leave room</span>
          </Button>
      )}
    </header>
  )
}

interface CountProps {
  readonly icon: ReactNode
  readonly attribute: 'data-participants' | 'data-connections'
  readonly value: number | null
  readonly one: string
  readonly many: string
}

/** As wide with a number as without, so that nothing moves when it comes. */
function Count({ icon, attribute, value, one, many }: CountProps) {
  const name = value === 1 ? one : many
  return (
    <span
      className="flex min-w-12 items-center justify-end gap-1 text-sm text-muted-foreground tabular-nums [&_svg]:size-4"
      title={value === null ? undefined : `${value} ${name}`}
    >
      {icon}
      <span {...{ [attribute]: '' }}>{value ?? '–'}</span>
      <span className="sr-only"> {name}</span>
    </span>
  )
}
