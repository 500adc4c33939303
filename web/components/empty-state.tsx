import type { RoomView } from '@/chat/room'
import { JoinRoom } from './join-room'
import { Button } from './ui/button'

interface EmptyStateProps {
  /** One that the person may not enter, or none. */
  readonly room: RoomView | null
  readonly impossibleRoom: string | null
  readonly onGoTo: (room: string) => void
}

const FIRST_ROOM = 'lobby'

export function EmptyState({ room, impossibleRoom, onGoTo }: EmptyStateProps) {
  return (
    <div className="flex flex-1 flex-col items-center justify-center gap-4 overflow-y-auto p-6 text-center">
      {room !== null && <Problem title={`You cannot enter ${room.name}`} text={room.refusal ?? ''} />}
      {room === null && impossibleRoom !== null && (
        <Problem
          title="There can be no such room"
          text={`${impossibleRoom}: a name has up to 64 letters, digits and . _ ~ -, beginning with a letter or digit.`}
        />
      )}
      {room === null && impossibleRoom === null && (
        <>
          <h2 className="text-xl font-semibold">No room is open</h2>
          <p className="max-w-sm text-muted-foreground">
            Choose one, or join one by its name. A room begins with the first who joins it.
          </p>
          <Button onClick={() => onGoTo(FIRST_ROOM)}>Go to the {FIRST_ROOM}</Button>
          <JoinRoom onJoin={onGoTo} className="w-full max-w-xs text-left md:hidden" />
        </>
      )}
    </div>
  )
}

function Problem({ title, text }: { readonly title: string; readonly text: string }) {
  return (
    <div role="alert" className="flex max-w-md flex-col gap-2">
      <h2 className="text-xl font-semibold">{title}</h2>
      <p className="break-words text-muted-foreground">{text}</p>
    </div>
  )
}
