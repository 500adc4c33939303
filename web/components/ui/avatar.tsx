import type { ComponentProps } from 'react'
import { colourOf, initials } from '@/chat/words'
import { cn } from '@/lib/utils'

/** White stands on each of them with a contrast of 4.5 or more. */
const COLOURS = [
  'bg-sky-700',
  'bg-emerald-700',
  'bg-amber-800',
  'bg-rose-700',
  'bg-violet-700',
  'bg-teal-700',
  'bg-fuchsia-700',
  'bg-slate-600',
]

interface AvatarProps extends ComponentProps<'span'> {
  readonly name: string
}

/** Decoration: the name stands beside it. */
export function Avatar({ name, className, ...props }: AvatarProps) {
  return (
    <span
      data-slot="avatar"
      aria-hidden="true"
      className={cn(
        'flex size-8 shrink-0 items-center justify-center rounded-full text-xs font-semibold text-white select-none',
        COLOURS[colourOf(name, COLOURS.length)],
        className,
      )}
      {...props}
    >
      {initials(name)}
    </span>
  )
}
