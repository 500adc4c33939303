import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { expect, test } from 'vitest'
import { findProgram, serverArguments, versionFromInfo } from './redis-server.ts'

test('the version is that of Redis, and of Valkey beside it', () => {
  expect(versionFromInfo('# Server\r\nredis_version:7.0.15\r\nredis_mode:standalone\r\n')).toBe('7.0.15')
  expect(versionFromInfo('# Server\r\nredis_version:7.2.4\r\nvalkey_version:8.1.0\r\n')).toBe('7.2.4 (Valkey 8.1.0)')
  expect(versionFromInfo('')).toBe('unknown')
})

test('a program is found on the search path where it may be executed, the first name first', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tuesday-path-'))
  const [one, two] = [join(folder, 'one'), join(folder, 'two')]
  mkdirSync(one)
  mkdirSync(two)
  writeFileSync(join(one, 'redis-server'), '', { mode: 0o644 })
  writeFileSync(join(one, 'valkey-server'), '', { mode: 0o755 })
  const searchPath = [one, two].join(delimiter)
  expect(findProgram(['redis-server', 'valkey-server'], searchPath)).toBe(join(one, 'valkey-server'))
  writeFileSync(join(two, 'redis-server'), '')
  chmodSync(join(two, 'redis-server'), 0o755)
  expect(findProgram(['redis-server', 'valkey-server'], searchPath)).toBe(join(two, 'redis-server'))
  expect(findProgram(['redis-server'], '')).toBeNull()
  rmSync(folder, { recursive: true })
})

test('the append-only file is always on, with the rule of the topology, and so is the monitor of pauses', () => {
  expect(serverArguments('everysec').join(' ')).toBe(
    '--save  --appendonly yes --appendfsync everysec --latency-monitor-threshold 20',
  )
})
