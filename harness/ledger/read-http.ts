/** Reads `ledger/http.jsonl` of a saved run. */

import type { Plan } from '../plan/plan.ts'
import type {
  HttpConnectionRecord,
  HttpGeneratorRecord,
  HttpLatencyRecord,
  HttpLine,
  HttpRecord,
} from './http-records.ts'
import type { RoomLog } from './ledger.ts'
import { readLines } from './read-lines.ts'

type ConnectionDraft = { -readonly [Field in keyof HttpConnectionRecord]: HttpConnectionRecord[Field] } & {
  published: HttpConnectionRecord['published'][number][]
}

interface HttpDraft {
  readonly connections: ConnectionDraft[]
  readonly latencies: HttpLatencyRecord[]
  generator: HttpGeneratorRecord | null
}

/**
 * Null where the plan has no HTTP load. `logs`: of the rooms of the connections, by their index. Throws `LedgerError` where the file is missing
 * or damaged; one that merely ends too early has no generator.
 */
export async function readHttp(
  path: string,
  plan: Plan,
  logs: readonly (RoomLog | null)[] = [],
): Promise<HttpRecord | null> {
  if (plan.http === undefined) return null
  const draft: HttpDraft = {
    connections: plan.http.map((_, connection) => ({
      requests: 0,
      answers: {},
      unanswered: 0,
      open: 0,
      published: [],
      log: logs[connection] ?? null,
    })),
    latencies: [],
    generator: null,
  }
  await readLines<HttpLine>(path, line => applyLine(line, draft))
  return draft
}

function applyLine(line: HttpLine, draft: HttpDraft): void {
  switch (line[0]) {
    case 'published': {
      const [, connection, number, epoch, seq] = line
      connectionOf(draft, connection).published.push({ number, position: epoch === null ? null : { epoch, seq } })
      return
    }
    case 'asked': {
      const [, connection, requests, answers, unanswered, open] = line
      Object.assign(connectionOf(draft, connection), { requests, answers, unanswered, open })
      return
    }
    case 'http-latency': {
      const [, path, histogram, overflow] = line
      draft.latencies.push({ path, histogram, overflow })
      return
    }
    case 'http-generator': {
      const [, eventLoopUtilization, lag, overflow] = line
      draft.generator = { eventLoopUtilization, lag, overflow }
      return
    }
    default:
      throw new Error(`no record has the kind "${(line as readonly unknown[])[0]}"`)
  }
}

function connectionOf({ connections }: HttpDraft, index: number): ConnectionDraft {
  const connection = connections[index]
  if (connection === undefined) throw new Error(`the plan has no HTTP connection ${index}`)
  return connection
}
