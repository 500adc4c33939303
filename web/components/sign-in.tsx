import { type FormEvent, useId, useState } from 'react'
import { USER_PATTERN } from '../../service/protocol.ts'
import { Button } from './ui/button'
import { Input } from './ui/input'

interface SignInProps {
  readonly initialName: string
  readonly onSignIn: (name: string) => void
}

const NAME_RULE = 'Up to 64 letters, digits and . _ ~ @ -, beginning with a letter or digit.'

export function SignIn({ initialName, onSignIn }: SignInProps) {
  const [name, setName] = useState(initialName)
  const [isRefused, setIsRefused] = useState(false)
  const ruleId = useId()
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const chosen = name.trim()
    if (USER_PATTERN.test(chosen)) onSignIn(chosen)
    else setIsRefused(true)
  }
  return (
    <main className="flex min-h-dvh items-center justify-center p-6">
      <form onSubmit={submit} noValidate className="flex w-full max-w-sm flex-col gap-6">
        <div className="flex flex-col gap-2">
          <h1 className="text-2xl font-semibold tracking-tight">Tuesday</h1>
          <p className="text-muted-foreground">A chat that stays open while its servers come and go.</p>
        </div>
        <div className="flex flex-col gap-2">
          <label htmlFor="name" className="text-sm font-medium">
            Name
          </label>
          <Input
            id="name"
            value={name}
            onChange={event => {
              setName(event.target.value)
              setIsRefused(false)
            }}
            // biome-ignore lint/a11y/noAutofocus: it is all that there is to do here
            autoFocus
            autoComplete="nickname"
            autoCapitalize="none"
            spellCheck={false}
            aria-invalid={isRefused}
            aria-describedby={ruleId}
          />
          <p
            id={ruleId}
            role={isRefused ? 'alert' : undefined}
            className={isRefused ? 'text-sm text-destructive' : 'text-sm text-muted-foreground'}
          >
            {NAME_RULE}
          </p>
        </div>
        <Button type="submit">Join</Button>
      </form>
    </main>
  )
}
