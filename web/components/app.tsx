'use client'

import { useEffect, useState, useSyncExternalStore } from 'react'
import { openStorage } from '@/chat/page'
import { NAME_KEY } from '@/chat/storage'
import { USER_PATTERN } from '../../service/protocol.ts'
import { giveNonceToStyles } from '../security/style-nonce.ts'
import type { PageSettings } from '../settings.ts'
import { ChatPage } from './chat-page'
import { LoadingPage } from './loading-page'
import { SignIn } from './sign-in'

if (typeof document !== 'undefined') giveNonceToStyles(document)

interface AppProps {
  readonly settings: PageSettings
}

/** What the browser has kept decides what is shown, and the server does not know it. */
export function App({ settings }: AppProps) {
  const isInBrowser = useSyncExternalStore(
    () => () => {},
    () => true,
    () => false,
  )
  return isInBrowser ? <BrowserApp settings={settings} /> : <LoadingPage />
}

function BrowserApp({ settings }: AppProps) {
  const [storage] = useState(openStorage)
  const [asked] = useState(() => new URLSearchParams(location.search).get('name'))
  const [name, setName] = useState(() => {
    // Without a password a name in the address is as good as one that is typed in.
    const isEnough = settings.guestsAllowed && asked !== null && USER_PATTERN.test(asked)
    if (isEnough) storage.name = asked
    return isEnough ? asked : storage.name
  })
  const signIn = (chosen: string) => {
    storage.name = chosen
    setName(chosen)
  }
  const signOut = () => {
    // Another tab may be somebody else's.
    if (storage.name === name) storage.name = null
    const url = new URL(location.href)
    url.searchParams.delete('name')
    history.replaceState(null, '', url)
    setName(null)
  }
  useEffect(() => {
    // Signed out in another tab.
    const follow = ({ key, oldValue, newValue }: StorageEvent) => {
      if (key === NAME_KEY && oldValue === name && newValue === null) setName(null)
    }
    window.addEventListener('storage', follow)
    return () => window.removeEventListener('storage', follow)
  }, [name])
  if (name === null) return <SignIn initialName={asked ?? ''} onSignIn={signIn} />
  return <ChatPage key={name} name={name} settings={settings} storage={storage} onSignOut={signOut} />
}
