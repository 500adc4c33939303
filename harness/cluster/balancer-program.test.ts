import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { readMetrics } from './balancer.ts'
import { findBalancer, versionOf, versionProblem } from './balancer-program.ts'
import { ClusterError } from './cluster.ts'

const folder = mkdtempSync(join(tmpdir(), 'tuesday-balancer-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function install(version: string): string {
  const path = join(folder, 'haproxy')
  writeFileSync(path, `#!/bin/sh\necho 'HAProxy version ${version} 2025/10/03 - https://haproxy.org/'\n`)
  chmodSync(path, 0o755)
  return path
}

describe('the version', () => {
  test.each([
    ['HAProxy version 2.6.12-1+deb12u3 2025/10/03 - https://haproxy.org/\nStatus: …', '2.6.12'],
    ['HA-Proxy version 1.8.19-1 2019/02/11', '1.8.19'],
    ['HAProxy version 3.2-dev1', '3.2'],
    ['something else', null],
  ])('%j is %s', (text, version) => {
    expect(versionOf(text)).toBe(version)
  })

  test.each([
    ['2.6.12', null],
    ['2.10.0', null],
    ['3.0', null],
    ['2.4.24', 'expected version 2.6 or later, found 2.4.24.'],
    ['1.8.19', 'expected version 2.6 or later, found 1.8.19.'],
    [null, 'expected version 2.6 or later, found none in what `haproxy -v` says.'],
  ])('of %s: %s', (version, problem) => {
    expect(versionProblem(version)).toBe(problem)
  })
})

describe('the program', () => {
  test('is taken from the PATH before all other places', () => {
    const path = install('2.8.1')
    expect(findBalancer(folder, [])).toBe(path)
    expect(findBalancer('/nowhere', [folder])).toBe(path)
  })

  test('where there is none, what to do is said', () => {
    const find = () => findBalancer('/nowhere', ['/nowhere/either'])
    expect(find).toThrow(ClusterError)
    expect(find).toThrow('No haproxy is on the PATH or in /nowhere/either.')
    expect(find).toThrow('npm run setup -- --all')
    expect(find).toThrow('--driver docker')
    expect(find).toThrow('--balancer direct')
  })

  test('one that is too old is told with its path', () => {
    const path = install('2.4.24')
    expect(() => findBalancer(folder, [])).toThrow(`${path}: expected version 2.6 or later, found 2.4.24.`)
  })
})

describe('what it tells Prometheus', () => {
  const text = [
    '# TYPE haproxy_process_build_info gauge',
    'haproxy_process_build_info{version="2.6.12-1+deb12u3"} 1',
    'haproxy_server_status{proxy="chat",server="chat-1",state="DOWN"} 0',
    'haproxy_server_status{proxy="chat",server="chat-1",state="UP"} 1',
    'haproxy_server_status{proxy="chat",server="chat-2",state="DOWN"} 1',
    'haproxy_server_status{proxy="chat",server="chat-2",state="UP"} 0',
    'haproxy_server_status{proxy="other",server="chat-3",state="UP"} 1',
  ].join('\n')

  test('is its version and who is up', () => {
    expect(readMetrics(text)).toEqual({ version: '2.6.12', up: ['chat-1'] })
  })

  test('is nothing where it is another program', () => {
    expect(readMetrics('process_cpu_seconds_total 1')).toBeNull()
  })
})
