/** One GET to an instance, on a connection of its own. */

import { get } from 'node:http'

export interface HttpGet {
  readonly host: string
  readonly port: number
  readonly path: string
  readonly msMax: number
}

export interface HttpGot {
  readonly status: number
  readonly body: string
}

/** Null where nobody answered in time. */
export function httpGet({ host, port, path, msMax }: HttpGet): Promise<HttpGot | null> {
  return new Promise(resolve => {
    const request = get({ host, port, path, agent: false }, response => {
      let body = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => {
        body += chunk
      })
      response.on('end', () => resolve({ status: response.statusCode!, body }))
      response.on('error', () => resolve(null))
    })
    // Not the socket's own timeout, which begins anew with each byte.
    const timer = setTimeout(() => request.destroy(), msMax)
    request.on('error', () => resolve(null))
    request.on('close', () => {
      clearTimeout(timer)
      resolve(null)
    })
  })
}
