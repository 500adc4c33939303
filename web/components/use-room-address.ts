import { useCallback, useEffect, useState } from 'react'
import type { Chat } from '@/chat/chat'
import { ROOM_PATTERN } from '../../service/protocol.ts'

interface RoomAddress {
  /** A room in the address that cannot be one. */
  readonly impossibleRoom: string | null
  readonly goTo: (room: string | null) => void
}

/** The open room stands in the page's address, so that it can be linked to, and the browser's back button goes back. */
export function useRoomAddress(chat: Chat): RoomAddress {
  const [impossibleRoom, setImpossibleRoom] = useState<string | null>(null)
  useEffect(() => {
    const follow = () => {
      const room = new URLSearchParams(location.search).get('room')
      setImpossibleRoom(room !== null && !ROOM_PATTERN.test(room) ? room : null)
      chat.open(room)
    }
    const first = chat.view.rooms[0]?.name
    if (first !== undefined && !new URLSearchParams(location.search).has('room')) {
      history.replaceState(null, '', addressOf(first))
    }
    follow()
    window.addEventListener('popstate', follow)
    return () => window.removeEventListener('popstate', follow)
  }, [chat])
  const goTo = useCallback(
    (room: string | null) => {
      setImpossibleRoom(null)
      history.pushState(null, '', addressOf(room))
      chat.open(room)
    },
    [chat],
  )
  return { impossibleRoom, goTo }
}

/** The address of this page with another room. */
export function addressOf(room: string | null): string {
  const url = new URL(location.href)
  if (room === null) url.searchParams.delete('room')
  else url.searchParams.set('room', room)
  return url.href
}
