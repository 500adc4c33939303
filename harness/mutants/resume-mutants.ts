/** Bugs of joining, coming back and leaving. */

import { type Mutant, sleep } from './mutant.ts'

/** Places in `membership.ts`. */
const READ = 'const page = await readFresh(log, room.name, start, PAGE_ENTRIES, room.position!)'
const FRESH = '    if (!isResume && isAt(start, room.position!)) {'
const GAP = "if (!isComplete) opening.push(room.gapFrame(start, page, 'resume'))"
const WRITE = 'await this.#write(page, opening)'
/** In `connection.ts`. */
const ENTER = 'const room = await rooms.enter(name, membership)'
const BEGIN = 'const outcome = await membership.begin(room, frame, roomLog)'

export const RESUME_MUTANTS: readonly Mutant[] = [
  {
    name: 'joins-one-too-high',
    about:
      'The position in the answer to a fresh join is one too high, so that the next message looks like an old one.',
    scenario: 'even-talk',
    caughtBy: ['lost'],
    patches: [
      {
        file: 'membership.ts',
        find: 'joinedFrame(room.name, start, true, start.seq)',
        replace: 'joinedFrame(room.name, { ...start, seq: start.seq + 1 }, true, start.seq + 1)',
      },
    ],
  },
  {
    name: 'misses-at-hand-over',
    about: 'The first live message after a join is taken for one that has been read as history.',
    scenario: 'even-talk',
    caughtBy: ['lost'],
    patches: [
      {
        file: 'room.ts',
        find: 'if (isAt(position, this.position!)) return this.#listen(member)\n    member.ahead = position\n',
        replace: 'member.ahead = { ...position, seq: position.seq + 1 }\n',
      },
    ],
  },
  {
    name: 'claims-completeness',
    about: 'A resume claims to be complete and goes on with the next live message, without what was missed.',
    scenario: 'kill',
    caughtBy: ['lost', 'holes'],
    patches: [
      {
        file: 'membership.ts',
        find: FRESH,
        replace: `    if (isResume) {
      this.#writer.write(joinedFrame(room.name, start, true, start.seq))
      this.#goLive(room.position)
      return 'complete'
    }
${FRESH}`,
      },
    ],
  },
  {
    name: 'resumes-one-late',
    about: 'What was missed is read from one message too late.',
    scenario: 'kill',
    caughtBy: ['lost', 'holes'],
    patches: [
      {
        file: 'membership.ts',
        find: READ,
        replace: `const read = await readFresh(log, room.name, start, PAGE_ENTRIES, room.position!)
    const page = isResume && read.entries.length > 1 ? { ...read, entries: read.entries.slice(1) } : read`,
      },
    ],
  },
  {
    name: 'gives-up-the-missed',
    about: 'A resume declares a gap instead of reading what was missed from the log.',
    scenario: 'kill',
    caughtBy: ['declaredGaps'],
    patches: [
      {
        file: 'membership.ts',
        find: READ,
        replace: `const read = await readFresh(log, room.name, start, PAGE_ENTRIES, room.position!)
    const page = isResume && read.entries.length > 0 ? { ...read, from: read.top, isComplete: false, entries: [] } : read`,
      },
    ],
  },
  {
    name: 'declares-gaps-for-nothing',
    about: 'A resume declares a gap although it is complete.',
    scenario: 'kill',
    caughtBy: ['declaredGaps'],
    patches: [
      {
        file: 'membership.ts',
        find: 'const isComplete = page.isComplete || !isResume',
        replace: 'const isComplete = !isResume',
      },
    ],
  },
  {
    name: 'replays-on-resume',
    about: 'A resume begins with the last message that the client has, which the client removes.',
    scenario: 'kill',
    caughtBy: ['duplicatedOnWire'],
    patches: [
      {
        file: 'membership.ts',
        find: GAP,
        replace: `${GAP}
    if (isResume && start.seq > 0) {
      const { entries } = await log.read(room.name, { after: { ...start, seq: start.seq - 1 } }, 1, room.position)
      if (entries.length > 0) opening.push(entries[0].frame)
    }`,
      },
    ],
  },
  {
    name: 'publishes-on-resume',
    about: 'A resume publishes the last message that the client has once more, under a new seq.',
    scenario: 'kill',
    caughtBy: ['duplicated'],
    patches: [
      {
        file: 'connection.ts',
        find: BEGIN,
        replace: `${BEGIN}
      if (frame.position !== undefined && frame.position.seq > 0) {
        const after = { ...frame.position, seq: frame.position.seq - 1 }
        const { entries } = await roomLog.read(name, { after }, 1, room.position)
        const { from, text } = JSON.parse(entries[0].frame)
        const sender = 'again-' + Math.random().toString(36).slice(2)
        await roomLog.publish({ room: name, user: from, sender, generation: 1, n: 1, text, known: null })
      }`,
      },
    ],
  },
  {
    name: 'leaves-for-everybody',
    about: 'Whoever leaves a room closes it for everybody else on the instance.',
    scenario: 'kill',
    caughtBy: ['lost', 'stranded'],
    patches: [
      {
        file: 'room-directory.ts',
        find: ' || !entry.room.members.delete(member) || entry.room.members.size > 0) return',
        replace: ' || !entry.room.members.delete(member)) return',
      },
    ],
  },
  {
    name: 'delays-resumes',
    about: 'Whoever comes back waits seven seconds for the answer to the join.',
    scenario: 'kill',
    caughtBy: ['reconnectSeconds'],
    patches: [
      {
        file: 'connection.ts',
        find: ENTER,
        replace: `if (frame.position !== undefined) ${sleep(7000)}\n      ${ENTER}`,
      },
    ],
  },
  {
    name: 'resumes-in-silence',
    about: 'Whoever comes back is answered at once and hears nothing new for seven seconds.',
    scenario: 'kill',
    caughtBy: ['firstCrossSeconds'],
    patches: [{ file: 'membership.ts', find: WRITE, replace: `${WRITE}\n    if (isResume) ${sleep(7000)}` }],
  },
  {
    name: 'starts-slowly',
    about: 'An instance takes nine seconds longer to start.',
    scenario: 'kill',
    caughtBy: ['steadyAgainSeconds'],
    patches: [
      {
        file: 'main.ts',
        find: '    await listenForMetrics(',
        replace: `    ${sleep(9000)}\n    await listenForMetrics(`,
      },
    ],
  },
]
