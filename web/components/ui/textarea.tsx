import type { ComponentProps } from 'react'
import { cn } from '@/lib/utils'

/** Grows with its text. */
export function Textarea({ className, ...props }: ComponentProps<'textarea'>) {
  return (
    <textarea
      data-slot="textarea"
      className={cn(
        'field-sizing-content flex w-full resize-none rounded-md border border-input bg-background px-3 py-2 text-base leading-6 outline-none placeholder:text-muted-foreground focus-visible:ring-2 focus-visible:ring-ring disabled:opacity-50 aria-invalid:border-destructive md:text-sm md:leading-6',
        className,
      )}
      {...props}
    />
  )
}
