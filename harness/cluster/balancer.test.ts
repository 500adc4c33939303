import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { awaitBalancer } from './balancer.ts'
import { ClusterError } from './cluster.ts'
import { Life } from './life.ts'

const folder = mkdtempSync(join(tmpdir(), 'tuesday-balancer-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('one that ends before it is up is told with the last lines of its log', async () => {
  const logPath = join(folder, 'haproxy.log')
  const life = new Life('haproxy')
  life.end({ code: 1, signal: null, atMs: 0 })
  // The log of a container is complete a moment after its end.
  const logWritten = async () => writeFileSync(logPath, "[ALERT] parsing [haproxy.cfg:9] : unknown keyword 'maxcon'\n")
  const started = awaitBalancer({ port: 9, metricsPort: 9, life, logPath, logWritten }, ['chat-1'], null)
  await expect(started).rejects.toThrow(ClusterError)
  await expect(started).rejects.toThrow(
    `The balancer ended before it was up (exit code 1). The last lines of its log, ${logPath}:\n  [ALERT] parsing`,
  )
})

test('an interruption comes first', async () => {
  const abort = AbortSignal.abort(new Error('interrupted'))
  const started = { port: 9, metricsPort: 9, life: new Life('haproxy'), logPath: '', logWritten: async () => {} }
  await expect(awaitBalancer(started, [], abort)).rejects.toThrow('interrupted')
})
