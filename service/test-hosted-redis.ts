/**
 * Test support: a real redis-server that is as a hosted one: TLS alone, with a certificate of an authority of its own, and for the service
 * a user that may do nothing but what it is granted.
 */

import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { type Environment, freePort } from './test-cluster.ts'

const ADMIN = { user: 'admin', password: 'of-the-admin' }
export const SERVICE = { user: 'tuesday', password: 'p@ss/w:rd#1' }

export interface Certificates {
  readonly folder: string
  readonly authorityPath: string
  readonly certificatePath: string
  readonly keyPath: string
}

/** An authority, and a certificate of it for these names, as in `DNS:localhost`. */
export function makeCertificates(names: readonly string[] = ['IP:127.0.0.1', 'DNS:localhost']): Certificates {
  const folder = mkdtempSync(join(tmpdir(), 'tuesday-test-tls-'))
  const path = (name: string) => join(folder, name)
  const openssl = (...words: string[]) => execFileSync('openssl', words, { cwd: folder, stdio: 'ignore' })
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  openssl('req', '-x509', ...newKey, '-days', '2', '-subj', '/CN=authority', '-keyout', 'ca.key', '-out', 'ca.pem')
  openssl('req', ...newKey, '-subj', '/CN=redis', '-keyout', 'redis.key', '-out', 'redis.csr')
  writeFileSync(path('names'), `subjectAltName=${names.join()}\n`)
  const signed = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2', '-extfile', 'names']
  openssl('x509', '-req', '-in', 'redis.csr', ...signed, '-out', 'redis.pem')
  return { folder, authorityPath: path('ca.pem'), certificatePath: path('redis.pem'), keyPath: path('redis.key') }
}

export class HostedRedis {
  readonly port: number
  /** A connection for the test itself, which may do everything. */
  readonly admin: Redis
  readonly #certificates: Certificates
  readonly #child: ChildProcess

  private constructor(port: number, certificates: Certificates, child: ChildProcess) {
    this.port = port
    this.#certificates = certificates
    this.#child = child
    this.admin = new Redis(this.urlOf(ADMIN.user, ADMIN.password), {
      tls: { ca: readFileSync(certificates.authorityPath) },
      retryStrategy: () => 50,
      maxRetriesPerRequest: null,
    }).on('error', () => {})
  }

  /** With a user for the service that has these rules of Redis' ACL. Resolves when it answers. */
  static async start(rules: readonly string[]): Promise<HostedRedis> {
    const port = await freePort()
    const certificates = makeCertificates()
    const { folder, certificatePath, keyPath } = certificates
    const configuration = [
      'port 0',
      `tls-port ${port}`,
      'bind 127.0.0.1',
      `tls-cert-file ${certificatePath}`,
      `tls-key-file ${keyPath}`,
      'tls-auth-clients no',
      `dir ${folder}`,
      'save ""',
      'user default off',
      `user ${ADMIN.user} on >${ADMIN.password} ~* &* +@all`,
      `user ${SERVICE.user} on >${SERVICE.password} ${rules.join(' ')}`,
    ]
    writeFileSync(join(folder, 'redis.conf'), `${configuration.join('\n')}\n`)
    const child = spawn('redis-server', [join(folder, 'redis.conf')], { stdio: 'ignore' })
    const redis = new HostedRedis(port, certificates, child)
    const ended = new Promise((_, reject) =>
      child.once('exit', code => reject(new Error(`redis-server ended with ${code}; it has to be one with TLS`))),
    )
    try {
      await Promise.race([redis.admin.ping(), ended])
    } catch (error) {
      await redis.stop()
      throw error
    }
    return redis
  }

  urlOf(user: string, password: string, host = '127.0.0.1'): string {
    return `rediss://${user}:${encodeURIComponent(password)}@${host}:${this.port}`
  }

  /** For the service. */
  get url(): string {
    return this.urlOf(SERVICE.user, SERVICE.password)
  }

  /** What an instance needs besides the URL. */
  get environment(): Environment {
    return { NODE_EXTRA_CA_CERTS: this.#certificates.authorityPath }
  }

  async stop(): Promise<void> {
    this.admin.disconnect()
    const exited = new Promise(resolve => this.#child.once('exit', resolve))
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      this.#child.kill('SIGKILL')
      await exited
    }
    rmSync(this.#certificates.folder, { recursive: true, force: true })
  }
}
