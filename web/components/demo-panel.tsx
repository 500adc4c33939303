'use client'

import { useCallback, useEffect, useRef, useState } from 'react'
import { Button } from '@/components/ui/button'
import {
  DEMO_ACTION_STATES,
  DEMO_ACTIONS,
  type DemoAction,
  type DemoEvent,
  type DemoInstance,
  type DemoInstanceState,
  type DemoState,
} from '../demo/demo-state.ts'

/** Quick enough to see a drain go by; the server is on this machine. */
const POLL_MS = 500
const LINES_MAX = 8

const ACTION_NAMES: Readonly<Record<DemoAction, string>> = { kill: 'Kill', drain: 'Drain', start: 'Start' }

const STATE_DOTS: Readonly<Record<DemoInstanceState, string>> = {
  up: 'bg-success',
  starting: 'bg-primary',
  draining: 'bg-warning',
  down: 'bg-destructive',
}

export interface DemoPanelProps {
  /** Of the control server of `npm run demo`. Without one there is no panel. */
  readonly demoUrl: string
  /** As in `data-connection`. */
  readonly connection: string
  /** That this page is or was connected to. */
  readonly instance: string | null
}

interface Line {
  readonly key: string
  readonly atMs: number
  readonly text: string
}

/** The instances of the demo, what can be done to them, and what comes of it on this page. For `npm run demo` only. */
export function DemoPanel({ demoUrl, connection, instance }: DemoPanelProps) {
  const { state, problem, act } = useDemo(demoUrl)
  const ownLines = useConnectionLines(connection, instance)
  const lines = [...(state?.events ?? []).map(lineOf), ...ownLines].sort((a, b) => b.atMs - a.atMs).slice(0, LINES_MAX)
  const isConnected = hasConnection(connection)

  return (
    <section
      aria-label="Demo: break things"
      className="flex w-full flex-col gap-3 rounded-lg border border-border bg-background p-3 text-foreground text-sm"
      data-demo
    >
      <h2 className="font-medium">Break things</h2>
      {state === null && problem === null && <p className="text-muted-foreground">Asking for the instances …</p>}
      <ul className="flex flex-col gap-2">
        {state?.instances.map(found => (
          <InstanceRow act={act} instance={found} isMine={isConnected && found.name === instance} key={found.name} />
        ))}
      </ul>
      {problem !== null && (
        <p className="text-destructive" role="alert">
          {problem}
        </p>
      )}
      {lines.length > 0 && (
        <ol aria-label="What has happened, newest first" className="flex flex-col gap-1 text-muted-foreground text-xs">
          {lines.map(({ key, atMs, text }) => (
            <li className="flex gap-2" key={key}>
              <time className="shrink-0 tabular-nums" dateTime={new Date(atMs).toISOString()}>
                {new Date(atMs).toTimeString().slice(0, 8)}
              </time>
              <span className="min-w-0 break-words">{text}</span>
            </li>
          ))}
        </ol>
      )}
    </section>
  )
}

interface InstanceRowProps {
  readonly instance: DemoInstance
  /** Whether this page is connected to it. */
  readonly isMine: boolean
  readonly act: (name: string, action: DemoAction) => void
}

function InstanceRow({ instance: { name, state }, isMine, act }: InstanceRowProps) {
  // In one line, whatever the state: the rows below stay where they are.
  const isThere = state === 'up' || state === 'draining'
  const actions = DEMO_ACTIONS.filter(action => (action === 'start') !== isThere)
  return (
    <li
      className="flex min-h-9 flex-wrap items-center gap-2 rounded-md px-2 py-1 data-[mine]:bg-accent data-[mine]:text-accent-foreground"
      data-demo-instance={name}
      data-mine={isMine || undefined}
      data-state={state}
    >
      <span aria-hidden="true" className={`size-2 shrink-0 rounded-full ${STATE_DOTS[state]}`} />
      <span className="font-mono text-xs">{name}</span>
      <span className="text-muted-foreground text-xs">{isMine && state === 'up' ? 'you are here' : state}</span>
      <span className="ml-auto flex gap-1">
        {actions.map(action => (
          <Button
            aria-label={`${ACTION_NAMES[action]} ${name}`}
            disabled={!DEMO_ACTION_STATES[action].includes(state)}
            key={action}
            onClick={() => act(name, action)}
            className="px-2 text-xs"
            size="inline"
            variant="outline"
          >
            {ACTION_NAMES[action]}
          </Button>
        ))}
      </span>
    </li>
  )
}

/** Asks the control server again and again, while the page is looked at. */
function useDemo(demoUrl: string) {
  const [state, setState] = useState<DemoState | null>(null)
  const [isAway, setAway] = useState(false)
  const [refusal, setRefusal] = useState<string | null>(null)

  const ask = useCallback(
    async (path: string, method: 'GET' | 'POST') => {
      try {
        const response = await fetch(`${demoUrl}${path}`, { method })
        const body = (await response.json()) as DemoState | { readonly message: string }
        if ('message' in body) setRefusal(body.message)
        else setState(body)
        setAway(false)
      } catch {
        setAway(true)
      }
    },
    [demoUrl],
  )

  useEffect(() => {
    const poll = () => {
      if (!document.hidden) void ask('/instances', 'GET')
    }
    const timer = setInterval(poll, POLL_MS)
    poll()
    return () => clearInterval(timer)
  }, [ask])

  const act = (name: string, action: DemoAction) => {
    setRefusal(null)
    void ask(`/instances/${name}/${action}`, 'POST')
  }
  return { state, problem: isAway ? 'The demo does not answer. Has it been ended in the terminal?' : refusal, act }
}

/** What this page has noticed: a connection lost, and how long it took to have one again. */
function useConnectionLines(connection: string, instance: string | null): readonly Line[] {
  const [lines, setLines] = useState<readonly Line[]>([])
  const lost = useRef<{ readonly atMs: number } | null>(null)
  const wasOpen = useRef(false)

  useEffect(() => {
    const isOpen = hasConnection(connection)
    if (isOpen === wasOpen.current) return
    wasOpen.current = isOpen
    const atMs = Date.now()
    const text = isOpen
      ? connectedLine(instance, lost.current?.atMs ?? null, atMs)
      : 'this page has lost its connection'
    lost.current = isOpen ? null : { atMs }
    setLines(before => [...before, { key: `page ${atMs} ${text}`, atMs, text }].slice(-LINES_MAX))
  }, [connection, instance])

  return lines
}

function hasConnection(connection: string): boolean {
  return connection === 'open' || connection === 'draining'
}

function connectedLine(instance: string | null, lostAtMs: number | null, nowMs: number): string {
  const where = `this page is on ${instance ?? 'an instance'}`
  return lostAtMs === null ? where : `${where}, ${((nowMs - lostAtMs) / 1000).toFixed(2)} s after it lost the other`
}

function lineOf({ number, atMs, instance, what }: DemoEvent): Line {
  return { key: `demo ${number}`, atMs, text: `${instance} ${what}` }
}
