/**
 * The scripts behind the participant counter. Nothing is ever counted up or down: who is where is kept as sets, and the two numbers follow
 * from them, so that they cannot drift.
 *
 * - `leases`: sorted set over all instances: holder → end of its lease, by Redis' clock. A holder is one life of one instance.
 * - `users` of a room: hash, user → the holders that have connections of that user, each between spaces.
 * - `holders` of a room: hash, holder → its connections in the room; and `#told`, the numbers that were published last.
 */

/**
 * Takes, renews or gives up a lease.
 *
 * KEYS: leases. ARGV: 1 holder, 2 length in ms, 0 to give it up, 3 '1' where the holder had one before, 4 how long ended leases are
 * remembered, in ms. Answers {1 | 0, ended holders}; 0 where the lease had run out meanwhile, so that others have counted
 * the holder out: it has to go on under a new name.
 */
export const LEASE_SCRIPT = `
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local holds = 1
local length = tonumber(ARGV[2])
if length == 0 then
  redis.call('ZREM', KEYS[1], ARGV[1])
else
  local ends = redis.call('ZSCORE', KEYS[1], ARGV[1])
  if ARGV[3] == '1' and (not ends or tonumber(ends) < now) then
    holds = 0
  else
    redis.call('ZADD', KEYS[1], now + length, ARGV[1])
  end
end
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - tonumber(ARGV[4]))
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return {holds, redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', '(' .. now)}
`

/**
 * Tells a room what has changed at one holder, counts out holders whose leases have ended, and publishes the two numbers where they have
 * changed.
 *
 * KEYS: users, holders. ARGV: 1 holder, 2 its connections now, 3 channel, 4 expiry of the keys in ms, 5 number of users that came, then
 * those, then the number of users that left, then those, then the ended holders. Answers {connections, participants, 1 | 0}; 0 where
 * the room did not know the holder before.
 */
export const PRESENCE_SCRIPT = `
local users, holders, holder = KEYS[1], KEYS[2], ARGV[1]
local position = 5
local function nextList()
  local list = {}
  local count = tonumber(ARGV[position])
  for index = 1, count do list[index] = ARGV[position + index] end
  position = position + count + 1
  return list
end
local came, left = nextList(), nextList()
local function without(list, gone)
  local kept = ''
  for one in string.gmatch(list, '%S+') do if one ~= gone then kept = kept .. ' ' .. one end end
  return kept
end
local function remove(user, gone)
  local list = redis.call('HGET', users, user)
  if not list then return end
  local kept = without(list, gone)
  if kept == '' then redis.call('HDEL', users, user) else redis.call('HSET', users, user, kept) end
end
local wasKnown = redis.call('HEXISTS', holders, holder)
for index = position, #ARGV do
  local gone = ARGV[index]
  if gone ~= holder and redis.call('HDEL', holders, gone) == 1 then
    for _, user in ipairs(redis.call('HKEYS', users)) do remove(user, gone) end
  end
end
for _, user in ipairs(came) do
  redis.call('HSET', users, user, without(redis.call('HGET', users, user) or '', holder) .. ' ' .. holder)
end
for _, user in ipairs(left) do remove(user, holder) end
if tonumber(ARGV[2]) > 0 then redis.call('HSET', holders, holder, ARGV[2]) else redis.call('HDEL', holders, holder) end
local connections = 0
local all = redis.call('HGETALL', holders)
for index = 1, #all, 2 do if all[index] ~= '#told' then connections = connections + tonumber(all[index + 1]) end end
local participants = redis.call('HLEN', users)
local telling = connections .. ' ' .. participants
if redis.call('HGET', holders, '#told') ~= telling then
  redis.call('HSET', holders, '#told', telling)
  redis.pcall('PUBLISH', ARGV[3], 'c ' .. telling .. '\\n')
end
redis.call('PEXPIRE', users, ARGV[4])
redis.call('PEXPIRE', holders, ARGV[4])
return {connections, participants, wasKnown}
`
