/** Bugs that show when Redis has been away. */

import type { Mutant, Patch } from './mutant.ts'

const NO_RESUBSCRIBE: Patch = {
  file: 'room-directory.ts',
  find: 'const channels = [...this.#entries.keys()]',
  replace: 'const channels: string[] = []',
}

export const REDIS_MUTANTS: readonly Mutant[] = [
  {
    name: 'forgets-to-resubscribe',
    about: 'After Redis has been away the channels are not subscribed again; the heartbeat alone brings what is said.',
    scenario: 'restart-redis',
    caughtBy: ['steadyAgainSeconds'],
    patches: [NO_RESUBSCRIBE],
  },
  {
    name: 'stays-deaf-after-redis',
    about:
      'After Redis has been away the channels are not subscribed again, and nobody looks at the tops of the rooms.',
    scenario: 'restart-redis',
    caughtBy: ['lost', 'stranded'],
    patches: [
      NO_RESUBSCRIBE,
      {
        file: 'room-directory.ts',
        find: "      else if (!(await this.#catchUpWithTops('heartbeat'))) this.#isSettled = false\n",
        replace: '',
      },
    ],
  },
  {
    name: 'keeps-the-epoch',
    about: 'A room whose log Redis has lost begins anew under the name of the old epoch.',
    scenario: 'lose-redis',
    caughtBy: ['diverged'],
    patches: [
      { file: 'room-log.ts', find: "randomPool.toString('base64url', 0, EPOCH_BYTES)", replace: "'always-the-same'" },
    ],
  },
]
