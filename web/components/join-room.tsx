import { type FormEvent, useId, useState } from 'react'
import { cn } from '@/lib/utils'
import { ROOM_PATTERN } from '../../service/protocol.ts'
import { Button } from './ui/button'
import { Input } from './ui/input'

interface JoinRoomProps {
  readonly onJoin: (room: string) => void
  readonly className?: string
}

/** A room is there as soon as somebody joins it, so that creating one is joining it. */
export function JoinRoom({ onJoin, className }: JoinRoomProps) {
  const [name, setName] = useState('')
  const [isRefused, setIsRefused] = useState(false)
  const id = useId()
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const chosen = name.trim()
    setIsRefused(!ROOM_PATTERN.test(chosen))
    if (!ROOM_PATTERN.test(chosen)) return
    setName('')
    onJoin(chosen)
  }
  return (
    <form onSubmit={submit} noValidate className={cn('flex flex-col gap-2', className)}>
      <label htmlFor={id} className="text-xs font-medium text-muted-foreground">
        Room name
      </label>
      <div className="flex gap-2">
        <Input
          id={id}
          value={name}
          onChange={event => {
            setName(event.target.value)
            setIsRefused(false)
          }}
          placeholder="kitchen"
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          aria-invalid={isRefused}
          aria-describedby={isRefused ? `${id}-rule` : undefined}
          className="h-9"
        />
        <Button type="submit" variant="secondary" className="h-9 px-3" aria-label="Join room">
          Join
        </Button>
      </div>
      {isRefused && (
        <p id={`${id}-rule`} role="alert" className="text-xs text-destructive">
          Up to 64 letters, digits and . _ ~ -, beginning with a letter or digit.
        </p>
      )}
    </form>
  )
}
