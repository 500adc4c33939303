import { execFileSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { parseCommandLine } from './command-line.ts'
import { rerunCommand } from './rerun-command.ts'
import type { ScenarioCommand } from './scenario-command.ts'

function rerun(...flags: string[]): string {
  return rerunCommand(parseCommandLine(['scenario', 'smoke', ...flags], () => 7) as ScenarioCommand, 'process')
}

describe('the command that runs a plan again', () => {
  it('names driver and seed even where they were not given', () => {
    expect(rerun()).toBe('npm run scenario smoke -- --driver process --seed 7')
  })

  it('keeps every flag that changes the plan or the verdict, so that parsing it gives the same command', () => {
    const flags = [
      '--clients',
      '90',
      '--seconds',
      '20',
      '--budget',
      'lost=1',
      '--budget',
      'ackP99Ms.steady=50',
      '--balancer',
      'haproxy',
      '--workers',
      '2',
    ]
    const again = rerun(...flags)
      .split(' ')
      .slice('npm run scenario smoke --'.split(' ').length)
    const { overrides, seed, workers } = parseCommandLine(['scenario', 'smoke', ...again]) as ScenarioCommand
    expect({ overrides, seed, workers }).toEqual({
      overrides: {
        balancer: 'haproxy',
        clients: 90,
        seconds: 20,
        budgets: [
          { measure: 'lost', phase: null, limit: 1 },
          { measure: 'ackP99Ms', phase: 'steady', limit: 50 },
        ],
      },
      seed: 7,
      workers: 2,
    })
  })

  it('is read by a shell as it was meant, whatever is in a path or a URL', () => {
    const service = "/tmp/my service's $HOME `copy`; *"
    const redisUrl = 'redis://127.0.0.1:6379/0?a=1&b=2'
    const command = rerun('--service', service, '--redis-url', redisUrl)
    const words = execFileSync('sh', ['-c', `printf '%s\\n' ${command}`], { encoding: 'utf8' })
      .trimEnd()
      .split('\n')
    const again = parseCommandLine(['scenario', 'smoke', ...words.slice(words.indexOf('--') + 1)])
    expect(again).toMatchObject({ serviceFolder: service, redisUrl })
  })

  it('makes no load where none was made', () => {
    expect(rerun('--load', 'none')).toBe('npm run scenario smoke -- --driver process --seed 7 --load none')
  })

  it('has no quotes where none are needed', () => {
    expect(rerun('--service', '../other/service-2')).toContain('--service ../other/service-2')
  })

  it('leaves out where the results go, and passwords', () => {
    const text = rerun(
      '--out',
      '/tmp/x',
      '--metrics-port',
      '9000',
      '--redis-url',
      'rediss://user:secret@redis.example:6380',
    )
    expect(text).not.toContain('/tmp/x')
    expect(text).not.toContain('secret')
    expect(text).toContain("--redis-url 'rediss://user:***@redis.example:6380'")
  })
})
