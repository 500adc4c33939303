/** The demo's control server: tells the state of the instances, and does to them what the panel on the page asks for. On 127.0.0.1 alone. */

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type DemoInstances, DemoRefusal } from './demo-instances.ts'
import { DEMO_ACTIONS, type DemoAction } from './demo-state.ts'

const HOST = '127.0.0.1'
const HOST_NAMES = [HOST, 'localhost']

export interface ControlServer extends AsyncDisposable {
  /** http://127.0.0.1:<port> */
  readonly url: string
}

export interface ControlServerOptions {
  /** 0: a free one. */
  readonly port: number
  /** Origins of the demo's own page. Every page in the browser can send requests here; those of others are refused. */
  readonly origins: readonly string[]
}

/** Resolves when it listens. */
export async function startControlServer(
  instances: DemoInstances,
  { port, origins }: ControlServerOptions,
): Promise<ControlServer> {
  const server = createServer((request, response) => {
    answer(request, instances, origins).then(
      ({ status, body, headers = {} }) => reply(response, status, body, headers),
      (error: Error) => reply(response, 500, { message: error.message }, {}),
    )
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, HOST, resolve)
  })
  return {
    url: `http://${HOST}:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}

interface Answer {
  readonly status: number
  readonly body: object
  readonly headers?: Readonly<Record<string, string>>
}

async function answer(
  { method, url = '', headers, socket }: IncomingMessage,
  instances: DemoInstances,
  origins: readonly string[],
): Promise<Answer> {
  const { origin, host } = headers
  // A page of another site whose name has been made to mean this machine needs no leave to read answers: it is of one origin with them.
  if (!HOST_NAMES.some(name => host === `${name}:${socket.localPort}`)) {
    return { status: 403, body: { message: `This is ${HOST}, and not ${host}.` } }
  }
  // Who is not a browser names no origin.
  if (origin !== undefined && !origins.includes(origin)) {
    return { status: 403, body: { message: `Pages of ${origin} may not ask here.` } }
  }
  const allow: Readonly<Record<string, string>> =
    origin === undefined ? {} : { 'access-control-allow-origin': origin, vary: 'origin' }
  return { ...(await answerAllowed(method, url, instances)), headers: allow }
}

async function answerAllowed(method: string | undefined, url: string, instances: DemoInstances): Promise<Answer> {
  if (method === 'GET' && url === '/instances') return { status: 200, body: instances.look() }
  const [, name = '', action = ''] = /^\/instances\/([\w.-]+)\/([a-z]+)$/.exec(url) ?? []
  if (method !== 'POST' || !isAction(action) || !instances.has(name)) {
    const body = { message: `GET /instances, or POST /instances/<name>/${DEMO_ACTIONS.join('|')}` }
    return { status: 404, body }
  }
  try {
    await instances.act(name, action)
    return { status: 202, body: instances.look() }
  } catch (error) {
    if (!(error instanceof DemoRefusal)) throw error
    return { status: 409, body: { message: error.message } }
  }
}

function isAction(text: string): text is DemoAction {
  return (DEMO_ACTIONS as readonly string[]).includes(text)
}

function reply(response: ServerResponse, status: number, body: object, headers: Answer['headers']): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store', ...headers })
  response.end(JSON.stringify(body))
}
