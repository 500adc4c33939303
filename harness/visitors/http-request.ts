/** One request over HTTP, on a connection of its own. */

import { request as ask } from 'node:http'
import type { VisitedAddress } from './visitors.ts'

export interface HttpRequest extends VisitedAddress {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly msMax: number
}

export interface HttpAnswer {
  readonly status: number
  readonly body: string
}

/** Null where nobody answered in time. */
export function request({ host, port, method, path, headers, body, msMax }: HttpRequest): Promise<HttpAnswer | null> {
  return new Promise(resolve => {
    const length: Record<string, string> =
      method === 'POST' ? { 'content-length': String(Buffer.byteLength(body)) } : {}
    const options = { host, port, method, path, headers: { ...length, ...headers }, agent: false }
    const outgoing = ask(options, response => {
      let received = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => {
        received += chunk
      })
      response.on('end', () => {
        resolve({ status: response.statusCode!, body: received })
        outgoing.destroy()
      })
      response.on('error', () => resolve(null))
    })
    const timer = setTimeout(() => outgoing.destroy(), msMax)
    outgoing.on('error', () => resolve(null))
    outgoing.on('close', () => {
      clearTimeout(timer)
      resolve(null)
    })
    outgoing.end(body)
  })
}
