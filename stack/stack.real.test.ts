/**
 * The stack of docker-compose.yml, brought up by docker-compose under a name and on ports of its own: three replicas behind HAProxy, scraped by
 * Prometheus, reachable from this machine alone, with a page on which people talk, and drained when it is told to stop. Everything goes again, also
 * after a failure.
 */

import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { type Browser, chromium } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { CHROMIUM_ARGUMENTS, findChromium } from '../harness/browsers/chromium.ts'
import { thisProcess } from '../harness/cluster/owner.ts'
import { type Ports, reservePorts } from '../harness/cluster/ports.ts'
import { IS_FULL } from '../harness/full-tests.ts'
import { Person } from '../web/tests/person.ts'
import { buildWebImageFromBuild } from './test-web-image.ts'

const ROOT = join(import.meta.dirname, '..')
const REPLICAS = 3
/** On a machine that builds something else meanwhile; in full, the front end is built too. */
const UP_MS_MAX = 480_000
const SEEN_MS_MAX = 30_000
/** More than enough for leastconn to have given each replica one. */
const CLIENTS = 6
const TAG = `test-${process.pid}`

let reserved: Ports
let ports: { chat: number; prometheus: number; web: number }

const pageUrl = () => `http://127.0.0.1:${ports.web}`
const socketUrl = () => `ws://127.0.0.1:${ports.chat}/ws`

function run(command: string, ...args: string[]): string {
  const env = {
    ...process.env,
    COMPOSE_PROJECT_NAME: `tuesday-test-${process.pid}`,
    TUESDAY_TAG: TAG,
    CHAT_PORT: String(ports.chat),
    PROMETHEUS_PORT: String(ports.prometheus),
    WEB_PORT: String(ports.web),
    GUESTS: 'allow',
    ORIGINS: pageUrl(),
    TUESDAY_WS_URLS: socketUrl(),
  }
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd: ROOT, env, encoding: 'utf8' })
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${error?.message ?? stderr}`)
  return stdout.trim()
}

const compose = (...args: string[]) => run('docker-compose', '--profile', 'observe', ...args)
const containersOf = (...services: string[]) =>
  compose('ps', '-q', ...services)
    .split('\n')
    .filter(Boolean)
const inspect = (format: string, container: string) => run('docker', 'inspect', '--format', format, container)

beforeAll(async () => {
  reserved = await reservePorts(thisProcess(), 3)
  const [chat, prometheus, web] = reserved.ports
  ports = { chat: chat!, prometheus: prometheus!, web: web! }
  compose('build', 'chat')
  // From nothing it takes a minute and a half.
  if (IS_FULL) compose('build', 'web')
  else await buildWebImageFromBuild(`tuesday-web:${TAG}`)
  compose('up', '-d', 'web', 'prometheus')
}, UP_MS_MAX)

afterAll(() => {
  using _ = { [Symbol.dispose]: () => reserved.release() }
  compose('down', '--volumes', '--remove-orphans', '--timeout', '10')
  run('docker', 'image', 'rm', '--force', `tuesday:${TAG}`, `tuesday-web:${TAG}`)
}, 120_000)

interface Visitor {
  readonly instance: string
  readonly texts: string[]
  readonly socket: WebSocket
}

/** Comes in through the balancer and joins the room. */
function enter(room: string, user: string): Promise<Visitor> {
  const socket = new WebSocket(`${socketUrl()}?guest=${user}`, ['tuesday.v1'])
  return new Promise((resolve, reject) => {
    const texts: string[] = []
    let instance = ''
    socket.on('message', data => {
      const frame = JSON.parse(String(data))
      if (frame.type === 'welcome') {
        instance = frame.instance
        socket.send(JSON.stringify({ type: 'join', room }))
      }
      if (frame.type === 'joined') resolve({ instance, texts, socket })
      if (frame.type === 'message') texts.push(frame.text)
    })
    socket.once('error', reject)
    socket.once('close', code => reject(new Error(`closed with ${code}`)))
  })
}

interface Sample {
  readonly metric: Readonly<Record<string, string>>
  readonly value: readonly [number, string]
}

async function query(expression: string): Promise<Sample[]> {
  const url = `http://127.0.0.1:${ports.prometheus}/api/v1/query?query=${encodeURIComponent(expression)}`
  const { data } = (await (await fetch(url)).json()) as { data: { result: Sample[] } }
  return data.result
}

describe('the stack', () => {
  it('has three healthy replicas', () => {
    const chats = containersOf('chat')
    expect(chats).toHaveLength(REPLICAS)
    expect(chats.map(id => inspect('{{.State.Health.Status}}', id))).toEqual(Array(REPLICAS).fill('healthy'))
  })

  it('spreads people over all replicas, who hear each other across', async () => {
    await expect.poll(() => readyStatus(), { timeout: SEEN_MS_MAX }).toBe(200)
    const visitors: Visitor[] = []
    // One after the other, so that the balancer counts each.
    for (let number = 1; number <= CLIENTS; number++) visitors.push(await enter('lobby', `visitor-${number}`))
    expect(new Set(visitors.map(({ instance }) => instance)).size).toBe(REPLICAS)
    const [speaker] = visitors
    speaker!.socket.send(JSON.stringify({ type: 'send', room: 'lobby', session: 'speaker.1', n: 1, text: 'hello' }))
    await expect
      .poll(() => visitors.map(({ texts }) => texts.join()), { timeout: SEEN_MS_MAX })
      .toEqual(Array(CLIENTS).fill('hello'))
    for (const { socket } of visitors) socket.terminate()
  })

  it('hands out a page, which is told by the environment where to connect, and on which people hear each other', async () => {
    const answer = await fetch(pageUrl())
    expect(answer.headers.get('content-security-policy')).toContain(`connect-src 'self' ${socketUrl()} `)
    const browser = await chromium.launch({ executablePath: findChromium(), args: CHROMIUM_ARGUMENTS })
    try {
      const [ann, ben] = await Promise.all(['ann', 'ben'].map(name => openPage(browser, name)))
      await ann!.say('hello from a page')
      await ben!.untilHeld(['hello from a page'])
      expect([...ann!.complaints, ...ben!.complaints]).toEqual([])
    } finally {
      await browser.close()
    }
    await expect
      .poll(() => containersOf('web').map(id => inspect('{{.State.Health.Status}}', id)), { timeout: SEEN_MS_MAX })
      .toEqual(['healthy'])
  })

  it('is scraped: each replica by itself, and the balancer', async () => {
    await expect
      .poll(async () => (await query('up{job="tuesday"} == 1')).length, { timeout: SEEN_MS_MAX })
      .toBe(REPLICAS)
    await expect.poll(async () => (await query('up{job="haproxy"} == 1')).length, { timeout: SEEN_MS_MAX }).toBe(1)
    expect((await query('count(count by (instance_name) (tuesday_connections))'))[0]?.value[1]).toBe(String(REPLICAS))
    const up = 'sum(haproxy_server_status{proxy="chat",state="UP"})'
    await expect.poll(async () => (await query(up))[0]?.value[1], { timeout: SEEN_MS_MAX }).toBe(String(REPLICAS))
  })

  it('listens on 127.0.0.1 and nowhere else', () => {
    const bound = containersOf().flatMap(id =>
      Object.values(
        JSON.parse(inspect('{{json .NetworkSettings.Ports}}', id)) as Record<string, { HostIp: string }[] | null>,
      ),
    )
    expect(bound.flatMap(addresses => addresses ?? []).map(({ HostIp }) => HostIp)).toEqual(Array(3).fill('127.0.0.1'))
  })

  it('gives no container a right that it does not need', () => {
    for (const id of containersOf()) {
      expect(inspect('{{.HostConfig.ReadonlyRootfs}} {{.HostConfig.CapDrop}} {{.HostConfig.SecurityOpt}}', id)).toBe(
        'true [ALL] [no-new-privileges:true]',
      )
      expect(inspect('{{.HostConfig.Memory}} {{.HostConfig.NanoCpus}}', id)).toMatch(/^[1-9]\d* [1-9]\d*$/)
      expect(run('docker', 'exec', id, 'id', '-u')).not.toBe('0')
    }
  })

  it('ends the front end with 0 when it is told to stop', () => {
    const [web] = containersOf('web')
    compose('stop', 'web')
    expect(inspect('{{.State.ExitCode}} {{.State.OOMKilled}}', web!)).toBe('0 false')
  })

  it('drains when it is told to stop, and everybody is told where the door is', async () => {
    const { socket } = await enter('lobby', 'last')
    const closed = new Promise<number>(resolve => socket.once('close', resolve))
    const chats = containersOf('chat')
    compose('stop', 'chat')
    expect(chats.map(id => inspect('{{.State.ExitCode}}', id))).toEqual(Array(REPLICAS).fill('0'))
    expect(await closed).toBe(1012)
  }, 90_000)
})

async function openPage(browser: Browser, name: string): Promise<Person> {
  const person = await Person.at(await (await browser.newContext()).newPage(), name, 'pages')
  await person.page.goto(`${pageUrl()}/?${new URLSearchParams({ name, room: 'pages' })}`)
  await person.untilConnection('open')
  await person.untilJoined()
  return person
}

async function readyStatus(): Promise<number> {
  return (await fetch(`http://127.0.0.1:${ports.chat}/balancer-readyz`)).status
}
