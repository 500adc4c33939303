/**
 * The visitors' process, started by `visitor-process.ts`, which it obeys over the message channel. Ends by itself when the channel breaks,
 * and everybody in it with it.
 */

import { Churn } from './churn.ts'
import { Flood } from './flood.ts'
import { Malformed } from './malformed.ts'
import { Presence } from './presence.ts'
import type { FromVisitors, RunningParty, ToVisitors } from './visitor-messages.ts'

const parties = new Map<number, RunningParty>()
const presence = new Presence()

function tell(message: FromVisitors): void {
  if (process.connected) process.send!(message)
}

function partyOf(message: ToVisitors & { is: 'begin' }): RunningParty {
  switch (message.kind) {
    case 'flood':
      return new Flood(message.party, message.order)
    case 'churn':
      return new Churn(message.party, message.order, presence)
    case 'malformed':
      return new Malformed(message.party, message.order)
  }
}

async function obey(message: ToVisitors): Promise<void> {
  const { party } = message
  if (message.is === 'begin') {
    const running = partyOf(message)
    parties.set(party, running)
    tell({ is: 'begun', party, begun: await running.begin() })
  } else {
    tell({ is: 'ended', party, ended: await parties.get(party)!.end() })
    parties.delete(party)
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}

process.on('message', (message: ToVisitors) => {
  obey(message).catch(error => tell({ is: 'failed', party: message.party, message: messageOf(error) }))
})
for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
  process.on(event, (error: unknown) => tell({ is: 'failed', party: null, message: messageOf(error) }))
}
process.on('disconnect', () => process.exit(0))
