import { useEffect, useState } from 'react'
import { type PageChat, startPageChat } from '@/chat/page'
import type { Storage } from '@/chat/storage'
import type { PageSettings } from '../settings.ts'
import { ChatView } from './chat-view'
import { LoadingPage } from './loading-page'

interface ChatPageProps {
  readonly name: string
  readonly settings: PageSettings
  readonly storage: Storage
  readonly onSignOut: () => void
}

/** Holds the connection for as long as it is shown. */
export function ChatPage({ name, settings, storage, onSignOut }: ChatPageProps) {
  const [page, setPage] = useState<PageChat | null>(null)
  useEffect(() => {
    const mine = startPageChat(name, settings, storage)
    setPage(mine)
    return () => mine.stop()
  }, [name, settings, storage])
  return page === null ? (
    <LoadingPage />
  ) : (
    <ChatView chat={page.chat} demoUrl={settings.demoUrl} onSignOut={onSignOut} />
  )
}
