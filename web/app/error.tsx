'use client'

import { Button } from '@/components/ui/button'

/** A fault of the page itself. Messages are safe: the service has them, and drafts are kept. */
export default function ErrorPage({ reset }: { readonly reset: () => void }) {
  return (
    <main className="flex min-h-dvh flex-col items-center justify-center gap-4 p-6 text-center">
      <h1 className="text-xl font-semibold">Something in this page has failed</h1>
      <p className="max-w-sm text-muted-foreground">Nothing that was shown as sent is lost. Try again, or load the page anew.</p>
      <Button onClick={reset}>Try again</Button>
    </main>
  )
}
