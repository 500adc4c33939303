/**
 * The scripts through which every instance uses a room's log. Each runs atomically in Redis.
 *
 * Keys of a room share the hash tag `{room}` and are all declared:
 * - `head`: string "epoch top run", then the newest earlier epochs, each followed by its last surviving seq, newest first. `top` is the seq of the
 *   newest message, `run` the incarnation of the server that the epoch was begun on. A string, so that the heartbeat reads those of hundreds of rooms
 *   by one command; hosted servers bill each.
 * - `log`: stream; the entry of message seq has the id `seq-0` and the fields e (epoch) and f (the wire frame, ready to send).
 *   Seqs rise by one across epochs too, so that a position is lost only where it is above `last` of its epoch.
 * - `sender`: hash with `g` (generation), `n` (last number) and, in slot n % memory, "n epoch seq": what was answered, perhaps
 *   followed by the digest of the text.
 *
 * Lua's math.random repeats after each restart of the server, so a new epoch's name comes from the caller.
 */

/** Earlier epochs that a room remembers. Whoever comes back with a position in an older one is told a gap. */
export const ENDED_EPOCHS_MAX = 32
/** How long the state of a room without messages lives that no instance serves: anybody can name a room, so such a name is not kept for long. */
export const EMPTY_ROOM_EXPIRY_MS = 600_000
/** Epoch of a room that does not exist, as long as nobody serves it. */
export const NO_EPOCH = 'beginning'

/**
 * `epochOf` takes a room's head apart: epoch, top, incarnation, earlier epochs, and whether that has to be saved. A changed incarnation, or a
 * caller who knows a higher top of the same epoch, means that the server may have lost writes: the room then goes on in a new epoch, named
 * by the caller's candidate. It writes nothing, so that a script can still refuse. `lastOf` tells how much of an earlier epoch has
 * survived all later losses too, or nil where nobody remembers it. `keepAlive` is what whoever serves a room or reads it does with its keys;
 * it takes its numbers as they came, since Redis is slow in making text of them.
 */
const EPOCH = `
local function seqOf(id) return tonumber(string.match(id, '^(%d+)')) end
local function whole(number) return string.format('%.0f', number) end
local function lastOf(earlier, epoch)
  local least = math.huge
  for ended, last in string.gmatch(earlier, '(%S+) (%d+)') do
    least = math.min(least, tonumber(last))
    if ended == epoch then return least end
  end
end
local function remember(earlier, epoch, last)
  local list, count = ' ' .. epoch .. ' ' .. whole(last), 1
  for ended, endedLast in string.gmatch(earlier, '(%S+) (%d+)') do
    if count == ${ENDED_EPOCHS_MAX} then break end
    list, count = list .. ' ' .. ended .. ' ' .. endedLast, count + 1
  end
  return list
end
local function epochOf(head, logKey, run, knownEpoch, knownTop, candidate)
  local epoch, topText, begunOn, earlier = string.match(head or '', '^(%S+) (%d+) (%S*)(.*)$')
  local top = tonumber(topText)
  if not epoch then
    local tail = redis.call('XREVRANGE', logKey, '+', '-', 'COUNT', 1)
    return candidate, tail[1] and seqOf(tail[1][1]) or 0, run, '', true
  end
  if (run ~= '' and begunOn ~= run) or (epoch == knownEpoch and tonumber(knownTop) > top) then
    return candidate, top, run, remember(earlier, epoch, top), true
  end
  return epoch, top, begunOn, earlier, false
end
local function save(headKey, epoch, top, begunOn, earlier)
  redis.call('SET', headKey, epoch .. ' ' .. whole(top) .. ' ' .. begunOn .. earlier, 'KEEPTTL')
end
local function emptyExpiryOf(expiry) return tonumber(expiry) < ${EMPTY_ROOM_EXPIRY_MS} and expiry or '${EMPTY_ROOM_EXPIRY_MS}' end
local function keepAlive(headKey, logKey, top, expiry)
  redis.call('PEXPIRE', headKey, top > 0 and expiry or emptyExpiryOf(expiry))
  if top > 0 then redis.call('PEXPIRE', logKey, expiry) end
end
`

/**
 * Accepts messages for one room, one after the other, or answers from memory.
 *
 * KEYS: head, log, and the senders. ARGV after the first four: 5 channel, 6 length of the log, 7 expiry of the log in ms, 8 memory, 9 note for the
 * receivers (accept time and instance), 10 head of the frames up to the epoch; then for each message its sender's number among
 * the senders, expiry of the session in ms, generation, n, tail of the frame from the id on, and digest of the text, where another
 * text under the same number is to be refused, else ''.
 *
 * Answers isPublished, then for each message {'ok' | 'again', epoch, seq}, {'out-of-order', last}, {'stale-session', generation} or {'changed'}.
 * What was accepted has one seq after the other and is published as one, a frame a line.
 *
 * Whatever may fail is read before the first write, which is an XADD and is refused where the server is out of memory: a script that fails has changed nothing. The
 * keys are kept alive by the heartbeat of whoever serves the room; a message over HTTP, which has a digest, may come where nobody does.
 */
export const PUBLISH_SCRIPT = `
${EPOCH}
local senders = {}
for index = 3, #KEYS do
  local sender = redis.call('HMGET', KEYS[index], 'g', 'n')
  senders[index - 2] = {key = KEYS[index], generation = tonumber(sender[1]) or 0, last = tonumber(sender[2]) or 0, fresh = {}}
end
local memory, frames = tonumber(ARGV[8]), {}
local epoch, top, begunOn, earlier, isKept, sentAt
local function begin()
  epoch, top, begunOn, earlier, isKept = epochOf(redis.call('GET', KEYS[1]), KEYS[2], ARGV[1], ARGV[2], ARGV[3], ARGV[4])
  isKept = isKept or top == 0
  local time = redis.call('TIME')
  sentAt = whole(tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000))
end
local function append(sender, expiry, asked, n, tail, digest)
  if not epoch then begin() end
  local seq = top + 1
  local seqText = whole(seq)
  local frame = ARGV[10] .. '"epoch":"' .. epoch .. '","seq":' .. seqText .. ',"sentAt":' .. sentAt .. ',' .. tail
  redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[6], seqText .. '-0', 'e', epoch, 'f', frame)
  if asked > sender.generation then sender.isNew, sender.fresh = true, {} end
  sender.fresh[n % memory] = n .. ' ' .. epoch .. ' ' .. seqText .. (digest ~= '' and ' ' .. digest or '')
  sender.generation, sender.last, sender.expiry, top = asked, n, expiry, seq
  frames[#frames + 1] = frame
  isKept = isKept or digest ~= ''
  return {'ok', epoch, seq}
end
local function accept(sender, expiry, asked, n, tail, digest)
  if asked < sender.generation then return {'stale-session', sender.generation} end
  local last = asked > sender.generation and 0 or sender.last
  if n <= last then
    local slot = n % memory
    local answer = sender.fresh[slot] or (not sender.isNew and redis.call('HGET', sender.key, tostring(slot)))
    local answeredN, answeredEpoch, answeredSeq, answeredDigest = string.match(answer or '', '^(%d+) (%S+) (%d+) ?(%S*)$')
    if tonumber(answeredN) == n then
      if digest ~= '' and digest ~= answeredDigest then return {'changed'} end
      return {'again', answeredEpoch, tonumber(answeredSeq)}
    end
    return {'out-of-order', last}
  end
  if n ~= last + 1 then return {'out-of-order', last} end
  return append(sender, expiry, asked, n, tail, digest)
end
local answers = {1}
for at = 11, #ARGV, 6 do
  local sender, asked, n = senders[tonumber(ARGV[at])], tonumber(ARGV[at + 2]), tonumber(ARGV[at + 3])
  answers[#answers + 1] = accept(sender, ARGV[at + 1], asked, n, ARGV[at + 4], ARGV[at + 5])
end
if #frames == 0 then return answers end
save(KEYS[1], epoch, top, begunOn, earlier)
if isKept then keepAlive(KEYS[1], KEYS[2], top, ARGV[7]) end
for _, sender in ipairs(senders) do
  local fields = {'g', sender.generation, 'n', sender.last}
  for slot, answer in pairs(sender.fresh) do
    fields[#fields + 1] = tostring(slot)
    fields[#fields + 1] = answer
  end
  if sender.isNew then redis.call('DEL', sender.key) end
  if #fields > 4 then
    redis.call('HSET', sender.key, unpack(fields))
    redis.call('PEXPIRE', sender.key, sender.expiry)
  end
end
local said = 'm ' .. epoch .. ' ' .. whole(top - #frames + 1) .. ' ' .. ARGV[9] .. '\\n' .. table.concat(frames, '\\n')
if type(redis.pcall('PUBLISH', ARGV[5], said)) ~= 'number' then answers[1] = 0 end
return answers
`

/**
 * Tells the top, and reads the messages after a position. Runs on the primary and touches the keys, so it is never stale and
 * keeps them alive. It makes no keys for a room that does not exist, unless an instance serves it.
 *
 * KEYS: head, log. ARGV after the first four: 5 expiry of the log in ms, 6 asked epoch ('' for none), 7 asked seq, 8 how many of the
 * last messages are wanted where no epoch is asked, 9 most messages to read, 10 bytes of frames after which a page ends, 11 '1' where
 * the caller serves the room.
 *
 * Answers {epoch, top, from, last, entries}: the messages after seq `from`, oldest first. `last` is the last seq of the asked epoch that
 * survived, -1 where nobody remembers that epoch; then nothing can be said about what is missing. `from` is the asked seq where
 * nothing is missing; it is lower where the epoch ended before the asked seq, higher where the log has been trimmed, and with both it
 * may be the asked seq by chance.
 */
export const READ_SCRIPT = `
${EPOCH}
if ARGV[11] ~= '1' and redis.call('EXISTS', KEYS[1], KEYS[2]) == 0 then return {'${NO_EPOCH}', 0, 0, -1, {}} end
local epoch, top, begunOn, earlier, isNew = epochOf(redis.call('GET', KEYS[1]), KEYS[2], ARGV[1], ARGV[2], ARGV[3], ARGV[4])
if isNew then save(KEYS[1], epoch, top, begunOn, earlier) end
keepAlive(KEYS[1], KEYS[2], top, ARGV[5])
local limit, bytesMax = tonumber(ARGV[9]), tonumber(ARGV[10])
if limit == 0 then return {epoch, top, top, top, {}} end
local head = redis.call('XRANGE', KEYS[2], '-', '+', 'COUNT', 1)
local first = head[1] and seqOf(head[1][1]) or top + 1
local from, last = 0, top
if ARGV[6] == '' then
  from = top - tonumber(ARGV[8])
else
  from = tonumber(ARGV[7])
  if ARGV[6] ~= epoch then last = lastOf(earlier, ARGV[6]) or -1 end
  if from > last then from = last end
end
if from < first - 1 then from = first - 1 end
local entries, bytes = {}, 0
for index, entry in ipairs(redis.call('XRANGE', KEYS[2], whole(from + 1) .. '-0', '+', 'COUNT', limit)) do
  entries[index] = entry
  bytes = bytes + #entry[2][4]
  if bytes >= bytesMax then break end
end
return {epoch, top, from, last, entries}
`

/**
 * Tells the tops of many rooms in one step, and now and then keeps their keys alive: the heartbeat of an instance.
 *
 * KEYS: head and log of each room in turn. ARGV: 1 run, 2 candidate for new epochs, 3 expiry of the logs in ms, 4 whose keys are to be kept
 * alive: '0' nobody's, '1' those of rooms without messages, '2' all; then known epoch and known top of each room in turn. Answers epoch
 * and top of each room in turn, flat; in the place of a room that cannot be read, '' and why.
 */
export const TOPS_SCRIPT = `
${EPOCH}
local function topOf(head, headKey, logKey, knownEpoch, knownTop)
  local epoch, top, begunOn, earlier, isNew = epochOf(head, logKey, ARGV[1], knownEpoch, knownTop, ARGV[2])
  if isNew then save(headKey, epoch, top, begunOn, earlier) end
  if isNew or ARGV[4] == '2' or (ARGV[4] == '1' and top == 0) then keepAlive(headKey, logKey, top, ARGV[3]) end
  return epoch, top
end
local headKeys, answer = {}, {}
for index = 1, #KEYS, 2 do headKeys[#headKeys + 1] = KEYS[index] end
for room, head in ipairs(redis.call('MGET', unpack(headKeys))) do
  local isRead, epoch, top = pcall(topOf, head, KEYS[2 * room - 1], KEYS[2 * room], ARGV[2 * room + 3], ARGV[2 * room + 4])
  -- A failed command throws its text, or a table that has it.
  if not isRead then epoch, top = '', type(epoch) == 'table' and epoch.err or tostring(epoch) end
  answer[2 * room - 1], answer[2 * room] = epoch, top
end
return answer
`
