import { useEffect, useState } from 'react'
import { dayName, msUntilTomorrow } from '@/chat/words'

/** The heading of a day. Today becomes yesterday at midnight, also on a page that nobody touches. */
export function DaySeparator({ atMs }: { readonly atMs: number }) {
  const [nowMs, setNowMs] = useState(Date.now)
  useEffect(() => {
    const timer = setTimeout(() => setNowMs(Date.now()), msUntilTomorrow(nowMs))
    return () => clearTimeout(timer)
  }, [nowMs])
  return (
    <div
      data-day=""
      className="mx-auto flex max-w-4xl items-center gap-3 px-4 pt-4 text-xs font-medium text-muted-foreground"
    >
      <span className="h-px flex-1 bg-border" />
      {dayName(atMs, nowMs)}
      <span className="h-px flex-1 bg-border" />
    </div>
  )
}
