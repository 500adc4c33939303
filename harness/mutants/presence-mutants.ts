/** Bugs of the participant counter. */

import type { Mutant } from './mutant.ts'

export const PRESENCE_MUTANTS: readonly Mutant[] = [
  {
    name: 'counts-up-and-down',
    about: 'The counter is one number that whoever comes counts up and whoever goes counts down.',
    scenario: 'kill',
    caughtBy: ['counterWrong'],
    patches: [
      {
        file: 'presence.ts',
        find: '  entered(name: string, user: string): void {',
        replace: `  async count(name, step) {
    const { redis } = this.#options.link
    const count = await redis.incrby('tuesday:{' + name + '}:count', step)
    await redis.publish(channelOf(name), 'c ' + count + ' ' + count + '\\n')
  }

  entered(name: string, user: string): void {
    return void this.count(name, 1).catch(() => {})`,
      },
      {
        file: 'presence.ts',
        find: '  left(name: string, user: string): void {',
        replace: `  left(name: string, user: string): void {
    return void this.count(name, -1).catch(() => {})`,
      },
    ],
  },
  {
    name: 'keeps-the-dead',
    about: 'The lease of an instance lasts for ten minutes, so that one that was killed is counted on.',
    scenario: 'kill',
    caughtBy: ['counterWrong'],
    patches: [{ file: 'presence.ts', find: 'const LEASE_MS = 6000', replace: 'const LEASE_MS = 600_000' }],
  },
]
