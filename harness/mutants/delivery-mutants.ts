/** Bugs on the way of a message from the channel to the clients. */

import { everyNth, type Mutant, sleep } from './mutant.ts'

/** Places in `room.ts`: where a member is written to, and where a message is put to what is written; in `room-directory.ts`: where a hint has been read. */
const WRITE = 'member.writeBatch(batch)'
const APPEND = 'this.#append(entry.frame)'
const OFFER = 'entry.room.offer(message)'

export const DELIVERY_MUTANTS: readonly Mutant[] = [
  {
    name: 'drops-deliveries',
    about: 'One delivery in a thousand is dropped.',
    scenario: 'even-talk',
    caughtBy: ['lost'],
    patches: [{ file: 'room.ts', find: WRITE, replace: `if (!(${everyNth(1000)})) ${WRITE}` }],
  },
  {
    name: 'swaps-messages',
    about: 'One message in fifty is held back until the one after it has been delivered.',
    scenario: 'even-talk',
    caughtBy: ['lost', 'holes'],
    patches: [
      {
        file: 'room.ts',
        find: '  #deliver(entry: LogEntry): void {',
        replace: `  #deliver(entry: LogEntry): void {
    const heldBack = this.heldBack
    if (heldBack === undefined && ${everyNth(50)}) {
      this.heldBack = entry
      return
    }
    this.heldBack = undefined
    this.#deliverNow(entry)
    if (heldBack !== undefined) this.#deliverNow(heldBack)
  }

  #deliverNow(entry: LogEntry): void {`,
      },
    ],
  },
  {
    name: 'repeats-hints',
    about: 'A hint that comes twice is delivered twice, and some do.',
    scenario: 'even-talk',
    caughtBy: ['duplicatedOnWire'],
    patches: [
      {
        file: 'room-directory.ts',
        find: OFFER,
        replace: `${OFFER}\n    if (${everyNth(50)}) ${OFFER}`,
      },
      {
        file: 'room.ts',
        find: 'if (message.seq <= seq) return true',
        replace: `if (message.seq <= seq) {
      if (message.frame !== null) this.#deliver({ epoch, seq: message.seq, frame: message.frame })
      return true
    }`,
      },
    ],
  },
  {
    name: 'confuses-rooms',
    about: 'One message in two hundred is delivered in another room as well.',
    scenario: 'even-talk',
    caughtBy: ['phantom'],
    patches: [
      {
        file: 'room-directory.ts',
        find: OFFER,
        replace: `${OFFER}
    const other = [...this.#entries.values()].find(({ room }) => room !== entry.room && room.position !== null)?.room
    if (message.frame !== null && other !== undefined && ${everyNth(200)}) {
      const next = { epoch: other.position.epoch, seq: other.position.seq + 1 }
      other.offer({ ...next, frame: JSON.stringify({ ...JSON.parse(message.frame), room: other.name, ...next }) })
    }`,
      },
    ],
  },
  {
    name: 'deafens-members',
    about: 'Some members of a room never get what was said on other instances.',
    scenario: 'even-talk',
    caughtBy: ['stranded', 'lost'],
    patches: [
      {
        file: 'room-directory.ts',
        find: OFFER,
        replace: `entry.room.isForeign = instance !== this.#options.instance\n    ${OFFER}`,
      },
      {
        file: 'room.ts',
        find: APPEND,
        replace: `if (this.isForeign) {
      this.flush()
      for (const member of this.#listeners) if (!member.user.endsWith('7')) member.write(entry.frame)
    } else ${APPEND}`,
      },
      {
        file: 'connection.ts',
        find: 'const membership = new Membership(name, this.#writer)',
        replace: 'const membership = new Membership(name, this.#writer)\n    membership.user = this.user',
      },
    ],
  },
  {
    name: 'overlooks-lost-hints',
    about: 'One hint in ten is lost, and nobody looks at the tops of quiet rooms.',
    scenario: 'quiet-rooms',
    caughtBy: ['lost', 'late'],
    patches: [
      { file: 'room-directory.ts', find: OFFER, replace: `if (!(${everyNth(10)})) ${OFFER}` },
      {
        file: 'room-directory.ts',
        find: "      else if (!(await this.#catchUpWithTops('heartbeat'))) this.#isSettled = false\n",
        replace: '',
      },
    ],
  },
  {
    name: 'stops-listening',
    about: 'An instance stops to listen to its channels after a while, and does not look at the tops of its rooms.',
    scenario: 'even-talk',
    caughtBy: ['lost', 'stranded'],
    patches: [
      {
        file: 'room-directory.ts',
        find: OFFER,
        replace: `this.heard = (this.heard ?? 0) + 1\n    if (this.heard <= 800) ${OFFER}`,
      },
      {
        file: 'room-directory.ts',
        find: "      else if (!(await this.#catchUpWithTops('heartbeat'))) this.#isSettled = false\n",
        replace: '',
      },
    ],
  },
  {
    name: 'delays-deliveries',
    about: 'One delivery in a hundred takes two seconds longer, and what follows it waits.',
    scenario: 'timed-talk',
    caughtBy: ['crossInstanceP99Ms', 'sameInstanceP99Ms'],
    patches: [
      {
        file: 'room.ts',
        find: WRITE,
        replace: `{
      const isSlow = ${everyNth(100)}
      member.writing = (member.writing ?? Promise.resolve()).then(async () => {
        if (isSlow) ${sleep(2000)}
        ${WRITE}
      })
    }`,
      },
    ],
  },
  {
    name: 'leaves-it-to-the-heartbeat',
    about: 'Hints are ignored, so that everything waits for the next look at the tops of the rooms.',
    scenario: 'timed-talk',
    caughtBy: ['crossInstanceP99Ms', 'sameInstanceP99Ms'],
    patches: [{ file: 'room-directory.ts', find: OFFER, replace: `if (message.seq < 0) ${OFFER}` }],
  },
  {
    name: 'hoards-memory',
    about: 'Every delivery leaves 16 KiB behind that nobody ever frees.',
    scenario: 'slow-readers',
    caughtBy: ['instanceMemoryGrowthMiB'],
    patches: [
      {
        file: 'room.ts',
        find: WRITE,
        replace: `{
      ;(globalThis.hoard ??= []).push(Buffer.alloc(16_384, 1))
      ${WRITE}
    }`,
      },
    ],
  },
]
