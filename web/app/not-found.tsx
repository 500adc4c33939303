/** An address at which there is nothing. Made for each request, as every page: its scripts need the nonce of the answer. */

import { connection } from 'next/server'

export default async function NotFoundPage() {
  await connection()
  return (
    <main className="flex min-h-dvh flex-col items-center justify-center gap-4 p-6 text-center">
      <h1 className="text-xl font-semibold">There is no such page</h1>
      <a
        href="/"
        className="rounded-sm underline underline-offset-4 outline-none focus-visible:ring-2 focus-visible:ring-ring"
      >
        Go to the chat
      </a>
    </main>
  )
}
