/** Bugs of an instance that is asked to go, and of one that has a slow reader. */

import { everyNth, type Mutant, sleep } from './mutant.ts'

const TOO_SLOW = 'this.#socket.bufferedAmount - this.#historyBytes > this.#slowReaderBytesMax'
const CAP = `if (${TOO_SLOW}) this.#listener.readTooSlowly()`
const DRAIN = 'const isComplete = await app.drain(abort.signal)'

export const DRAIN_MUTANTS: readonly Mutant[] = [
  {
    name: 'exits-at-once',
    about: 'SIGTERM ends the process on the spot.',
    scenario: 'stop',
    caughtBy: ['uncleanDrains'],
    patches: [
      {
        file: 'main.ts',
        find: "process.on('SIGTERM', () => void end())",
        replace: "process.on('SIGTERM', () => process.exit(0))",
      },
    ],
  },
  {
    name: 'cuts-on-drain',
    about: 'A drain cuts its connections without a close code.',
    scenario: 'stop',
    caughtBy: ['uncleanDrains'],
    patches: [
      {
        file: 'drain.ts',
        find: 'if (!cut.aborted) await connection.finish()',
        replace: 'if (!cut.aborted) connection.terminate()',
      },
    ],
  },
  {
    name: 'fails-after-drain',
    about: 'A drain that was complete ends with exit code 1.',
    scenario: 'stop',
    caughtBy: ['uncleanDrains'],
    patches: [{ file: 'main.ts', find: 'process.exit(isComplete ? 0 : 1)', replace: 'process.exit(1)' }],
  },
  {
    name: 'lingers-after-drain',
    about: 'A drain that is over exits 21 seconds later.',
    scenario: 'stop',
    caughtBy: ['uncleanDrains'],
    patches: [{ file: 'main.ts', find: DRAIN, replace: `${DRAIN}\n    ${sleep(21_000)}` }],
  },
  {
    name: 'sends-clients-away',
    about: 'A drain closes with the code that tells clients not to come back.',
    scenario: 'stop',
    caughtBy: ['stranded'],
    patches: [{ file: 'connection.ts', find: "this.close('restart')", replace: "this.close('normal')" }],
  },
  {
    name: 'drains-in-silence',
    about: 'A drain waits six seconds before it tells anybody.',
    scenario: 'stop',
    caughtBy: ['detectSeconds'],
    patches: [{ file: 'app.ts', find: 'noticeMs: config.drainNoticeMs', replace: 'noticeMs: 6000' }],
  },
  {
    name: 'drains-in-one-wave',
    about: 'A drain closes all connections in the same moment.',
    scenario: 'crowded-stop',
    caughtBy: ['reconnectsPerSecondMax'],
    patches: [
      {
        file: 'drain.ts',
        find: 'const closesInMs = (spreadMs * index) / leaving.length',
        replace: 'const closesInMs = 0',
      },
    ],
  },
  {
    name: 'keeps-all-for-slow-readers',
    about: 'What a client does not read is kept without a limit.',
    scenario: 'slow-readers',
    caughtBy: ['slowReadersWithoutCode'],
    patches: [{ file: 'socket-writer.ts', find: CAP, replace: '' }],
  },
  {
    name: 'cuts-slow-readers',
    about: 'Every other client that reads too slowly is cut off without a word.',
    scenario: 'slow-readers',
    caughtBy: ['slowReadersWithoutCode'],
    patches: [
      {
        file: 'socket-writer.ts',
        find: CAP,
        replace: `const isTooSlow = ${TOO_SLOW}
    if (isTooSlow && ${everyNth(2)}) this.#socket.terminate()
    else if (isTooSlow) this.#listener.readTooSlowly()`,
      },
    ],
  },
]
