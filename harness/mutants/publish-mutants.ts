/** Bugs on the way of a message into the log, and of its answer back. */

import { everyNth, type Mutant, sleep } from './mutant.ts'

/** A place in `connection.ts` right before a message is published, and one right after. */
const BEFORE_PUBLISH = 'const known = membership.room?.position ?? null'
const AFTER_PUBLISH = 'if (!published.isRepeat) metrics.accepted.inc()'

export const PUBLISH_MUTANTS: readonly Mutant[] = [
  {
    name: 'echo-before-redis',
    about: 'A sender’s instance shows a message to its own clients before Redis has given it a place.',
    scenario: 'even-talk',
    caughtBy: ['diverged'],
    patches: [
      {
        file: 'connection.ts',
        find: BEFORE_PUBLISH,
        replace: `${BEFORE_PUBLISH}\n      membership.room?.echo(this.user, frame)`,
      },
      {
        file: 'room.ts',
        find: '  /** A message came over the channel. */',
        replace: `  echo(from, { session, n, text }) {
    if (this.position === null || this.#repairing !== null) return
    const { epoch } = this.position
    const seq = this.position.seq + 1
    const message = { type: 'message', room: this.name, epoch, seq, sentAt: Date.now(), id: session + '/' + n, from, text }
    this.offer({ epoch, seq, frame: JSON.stringify(message) })
  }

  /** A message came over the channel. */`,
      },
    ],
  },
  {
    name: 'write-behind',
    about: 'A send is acknowledged at once and written to the log half a second later.',
    scenario: 'kill',
    caughtBy: ['lost'],
    patches: [
      {
        file: 'connection.ts',
        find: BEFORE_PUBLISH,
        replace: `${BEFORE_PUBLISH}
      const hoped = { epoch: known?.epoch ?? '', seq: (known?.seq ?? 0) + 1 }
      this.#write(JSON.stringify({ type: 'ack', room, session: frame.session, n, ...hoped }))
      ${sleep(500)}`,
      },
    ],
  },
  {
    name: 'ack-before-redis',
    about: 'A send is acknowledged before Redis has been asked, and Redis is away.',
    scenario: 'cut-redis',
    caughtBy: ['lost'],
    patches: [
      {
        file: 'connection.ts',
        find: '    membership.inFlight++\n    this.#unanswered++',
        replace: `    membership.inFlight++
    this.#unanswered++
    const at = membership.room?.position
    const hoped = { epoch: at?.epoch ?? '', seq: (at?.seq ?? 0) + 1 }
    this.#write(JSON.stringify({ type: 'ack', room: frame.room, session: frame.session, n: frame.n, ...hoped }))`,
      },
    ],
  },
  {
    name: 'forgets-entries',
    about: 'One message in fifty is acknowledged and delivered, but does not stay in the log.',
    scenario: 'even-talk',
    caughtBy: ['lost'],
    patches: [
      {
        file: 'log-scripts.ts',
        find: "'e', epoch, 'f', frame)",
        replace: `'e', epoch, 'f', frame)
  if seq % 50 == 0 then redis.call('XDEL', KEYS[2], whole(seq) .. '-0') end`,
      },
    ],
  },
  {
    name: 'skips-seqs',
    about: 'One place in fifty of a room is left out.',
    scenario: 'even-talk',
    caughtBy: ['lost', 'holes'],
    patches: [
      {
        file: 'log-scripts.ts',
        find: 'local seq = top + 1\n',
        replace: 'local seq = top + (top % 50 == 49 and 2 or 1)\n',
      },
    ],
  },
  {
    name: 'takes-any-order',
    about: 'Sends are published without waiting for those before them, and the log takes them as they come.',
    scenario: 'even-talk',
    caughtBy: ['reordered'],
    patches: [
      {
        file: 'connection.ts',
        find: BEFORE_PUBLISH,
        replace: `if (${everyNth(2)}) ${sleep(300)}\n      ${BEFORE_PUBLISH}`,
      },
      {
        file: 'log-scripts.ts',
        find: "    return {'out-of-order', last}\n  end\n  if n ~= last + 1 then return {'out-of-order', last} end",
        replace: '  end',
      },
      {
        file: 'log-scripts.ts',
        find: 'sender.expiry, top = asked, n, expiry, seq',
        replace: 'sender.expiry, top = asked, math.max(n, sender.last), expiry, seq',
      },
    ],
  },
  {
    name: 'forgets-answers',
    about: 'A send that comes again, after an answer that left its fate open, gets a new place.',
    scenario: 'even-talk',
    caughtBy: ['duplicated'],
    patches: [
      // That nobody knows is an honest answer, whatever the log has; it only gives the client a reason to send again.
      {
        file: 'connection.ts',
        find: AFTER_PUBLISH,
        replace: `${AFTER_PUBLISH}\n      if (${everyNth(50)}) throw new Error('the answer was lost')`,
      },
      { file: 'log-scripts.ts', find: 'if n <= last then', replace: 'if false then' },
      { file: 'log-scripts.ts', find: 'if n ~= last + 1 then', replace: 'if n > last + 1 then' },
      {
        file: 'log-scripts.ts',
        find: 'sender.expiry, top = asked, n, expiry, seq',
        replace: 'sender.expiry, top = asked, math.max(n, sender.last), expiry, seq',
      },
    ],
  },
  {
    name: 'rejects-accepted',
    about: 'One send in fifty is refused for good after it has been published.',
    scenario: 'even-talk',
    caughtBy: ['phantom', 'rejected'],
    patches: [
      {
        file: 'connection.ts',
        find: AFTER_PUBLISH,
        replace: `if (${everyNth(50)}) return this.#reject(frame, 'text-too-long')\n      ${AFTER_PUBLISH}`,
      },
    ],
  },
  {
    name: 'rejects-good-texts',
    about: 'One text in fifty is refused as too long, though it is not.',
    scenario: 'even-talk',
    caughtBy: ['rejected'],
    patches: [
      {
        file: 'connection.ts',
        find: 'if (membership.inFlight >= limits.inFlightMax)',
        replace: `if (${everyNth(50)}) return this.#reject(frame, 'text-too-long')
    if (membership.inFlight >= limits.inFlightMax)`,
      },
    ],
  },
  {
    name: 'cuts-texts',
    about: 'One text in a hundred loses its last character.',
    scenario: 'even-talk',
    caughtBy: ['phantom'],
    patches: [
      {
        file: 'room-log.ts',
        find: 'JSON.stringify(text)',
        replace: `JSON.stringify(${everyNth(100)} ? text.slice(0, -1) : text)`,
      },
    ],
  },
  {
    name: 'takes-wrong-sender',
    about: 'One message in a hundred bears the name of whoever spoke before.',
    scenario: 'even-talk',
    caughtBy: ['phantom'],
    patches: [
      {
        file: 'room-log.ts',
        // biome-ignore lint/suspicious/noTemplateCurlyInString: it is code.
        find: '"from":"${user}"',
        replace: `"from":"\${this.speaker(user)}"`,
      },
      {
        file: 'room-log.ts',
        find: '  /** Nobody here serves the room any more. */',
        replace: `  speaker(user) {
    const before = this.speakerBefore ?? user
    this.speakerBefore = user
    return ${everyNth(100)} ? before : user
  }

  /** Nobody here serves the room any more. */`,
      },
    ],
  },
  {
    name: 'swallows-acks',
    about: 'Some clients never get an answer to what they send.',
    scenario: 'even-talk',
    caughtBy: ['stranded', 'unknown'],
    patches: [
      {
        file: 'connection.ts',
        find: 'const { epoch, seq } = published.position',
        replace: `const { epoch, seq } = published.position\n      if (this.user.endsWith('7')) return`,
      },
    ],
  },
  {
    name: 'delays-acks',
    about: 'One acknowledgement in ten comes two seconds late.',
    scenario: 'timed-talk',
    caughtBy: ['ackP99Ms'],
    patches: [
      {
        file: 'connection.ts',
        find: 'const { epoch, seq } = published.position',
        replace: `const { epoch, seq } = published.position\n      if (${everyNth(10)}) ${sleep(2000)}`,
      },
    ],
  },
]
