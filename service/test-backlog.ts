/** Test support: logs that are long at once, and how often Redis was asked for a page. */

import type { Position } from './protocol.ts'
import type { TestRedis } from './test-cluster.ts'

const FILL_SCRIPT = `
redis.call('SET', KEYS[1], 'filled ' .. ARGV[1] .. ' ' .. ARGV[2])
for seq = 1, tonumber(ARGV[1]) do
  local place = '"epoch":"filled","seq":' .. seq .. ',"sentAt":0,"id":"fill.1/' .. seq .. '"'
  redis.call('XADD', KEYS[2], seq .. '-0', 'e', 'filled', 'f', ARGV[3] .. place .. ARGV[4])
end
`

/** Gives a room that nobody has used `count` messages with texts of `textLength`, as if they had been sent. Tells the top. */
export async function fillLog(redis: TestRedis, room: string, count: number, textLength: number): Promise<Position> {
  const keys = [`tuesday:{${room}}:head`, `tuesday:{${room}}:log`]
  const run = /run_id:(\w+)/.exec(await redis.control.info('server'))![1]!
  const head = `{"type":"message","room":"${room}",`
  const tail = `,"from":"fill","text":"${'x'.repeat(textLength)}"}`
  await redis.control.eval(FILL_SCRIPT, keys.length, ...keys, count, run, head, tail)
  return { epoch: 'filled', seq: count }
}

/** Pages that Redis has been asked for since its start; the script that reads one looks into the log twice. */
export async function pagesRead(redis: TestRedis): Promise<number> {
  const calls = /cmdstat_xrange:calls=(\d+)/.exec(await redis.control.info('commandstats'))?.[1] ?? '0'
  return Number(calls) / 2
}
