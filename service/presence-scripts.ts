/**
 * The scripts behind the participant counter. Nothing is ever counted up or down: who is where is kept as sets, and the two numbers follow
 * from them, so that they cannot drift.
 *
 * - `leases`: sorted set over all instances: holder → end of its lease, by Redis' clock. A holder is one life of one instance.
 * - `users` of a room: hash, user → the holders that have connections of that user, each between spaces.
 * - `holders` of a room: hash, holder → its connections in the room; and `#told`, the numbers that were published last.
 *
 * Hosted servers bill each command that a script runs, so a script reads and writes each key at most once or twice, whatever the number of
 * changes.
 */

/**
 * Takes, renews or gives up a lease.
 *
 * KEYS: leases. ARGV: 1 holder, 2 length in ms, 0 to give it up where the holder has nobody, -1 to end it with all that it has, 3 '1' where
 * the holder had one before, 4 how long ended leases are remembered, in ms. Answers {1 | 0, ended holders, Redis' time in ms, leases that have not ended}; 0 where the lease had run out meanwhile, so that others have counted
 * the holder out: it has to go on under a new name.
 */
export const LEASE_SCRIPT = `
local holder, length = ARGV[1], tonumber(ARGV[2])
if length == 0 then
  redis.call('ZREM', KEYS[1], holder)
  return {1, {}, 0, 0}
end
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local rememberedFrom = now - tonumber(ARGV[4])
local all = redis.call('ZRANGE', KEYS[1], 0, -1, 'WITHSCORES')
local ends, ended, others = nil, {}, 0
for index = 1, #all, 2 do
  local score = tonumber(all[index + 1])
  if all[index] == holder then ends = score
  elseif score >= now then others = others + 1 end
  if score < now and score >= rememberedFrom then ended[#ended + 1] = all[index] end
end
if length < 0 then
  redis.call('ZADD', KEYS[1], now - 1, holder)
  ended[#ended + 1] = holder
  return {1, ended, now, others}
end
if ARGV[3] == '1' and (not ends or ends < now) then return {0, ended, now, others} end
redis.call('ZADD', KEYS[1], now + length, holder)
if #all > 0 and tonumber(all[2]) < rememberedFrom then
  redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', '(' .. string.format('%.0f', rememberedFrom))
end
-- The key is kept alive once a minute: where this is the first renewal of a minute.
if not ends or math.floor(now / 60000) ~= math.floor((ends - length) / 60000) then
  redis.call('PEXPIRE', KEYS[1], ARGV[4])
end
return {1, ended, now, others + 1}
`

/**
 * Tells a room what has changed at one holder, counts out holders whose leases have ended, and publishes the two numbers where they have
 * changed.
 *
 * KEYS: users, holders. ARGV: 1 holder, 2 its connections now, 3 channel, 4 expiry of the keys in ms, 5 '1' where it is time to keep
 * them alive, 6 '1' where the numbers are to be published although they have not changed, 7 Redis' time in ms after which this is too late: the
 * holder has told again over another connection; 8 number of users that came, then those, then the number of users that left, then those,
 * then the ended holders. Answers {connections, participants, wasKnown, isPublished, isLate}. `wasKnown` is 0 where the room did not know the holder before; `isPublished` is 0 where
 * the numbers have changed and PUBLISH is not allowed inside a script.
 */
export const PRESENCE_SCRIPT = `
local users, holders, holder = KEYS[1], KEYS[2], ARGV[1]
local time = redis.call('TIME')
if tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000) > tonumber(ARGV[7]) then return {0, 0, 0, 1, 1} end
local position = 8
local function nextList()
  local list = {}
  local count = tonumber(ARGV[position])
  for index = 1, count do list[index] = ARGV[position + index] end
  position = position + count + 1
  return list
end
local came, left = nextList(), nextList()
local isGone = {}
for index = position, #ARGV do isGone[ARGV[index]] = true end
-- Lua can hand over some thousand arguments at once.
local function inParts(list, use)
  for first = 1, #list, 1000 do use(unpack(list, first, math.min(first + 999, #list))) end
end

local connections, known, told, gone = tonumber(ARGV[2]), nil, nil, {}
local all = redis.call('HGETALL', holders)
for index = 1, #all, 2 do
  local field, value = all[index], all[index + 1]
  if field == '#told' then told = value
  elseif field == holder then known = value
  elseif isGone[field] then gone[#gone + 1] = field
  else connections = connections + tonumber(value) end
end

local before, after = {}, {}
if #gone > 0 then
  local everybody = redis.call('HGETALL', users)
  for index = 1, #everybody, 2 do before[everybody[index]] = everybody[index + 1] end
else
  local function read(...)
    local names = {...}
    for index, list in ipairs(redis.call('HMGET', users, ...)) do before[names[index]] = list or nil end
  end
  inParts(came, read)
  inParts(left, read)
end
local function without(list, isOut)
  local kept = ''
  for one in string.gmatch(list, '%S+') do if not isOut(one) then kept = kept .. ' ' .. one end end
  return kept
end
local function isOwn(one) return one == holder end
if #gone > 0 then
  for user, list in pairs(before) do after[user] = without(list, function(one) return isGone[one] end) end
end
for _, user in ipairs(left) do after[user] = without(after[user] or before[user] or '', isOwn) end
for _, user in ipairs(came) do after[user] = without(after[user] or before[user] or '', isOwn) .. ' ' .. holder end
local written, removed = {}, {}
for user, list in pairs(after) do
  if list == '' then
    if before[user] then removed[#removed + 1] = user end
  elseif list ~= before[user] then
    written[#written + 1] = user
    written[#written + 1] = list
  end
end
inParts(removed, function(...) redis.call('HDEL', users, ...) end)
inParts(written, function(...) redis.call('HSET', users, ...) end)

local fields = {}
if ARGV[2] ~= '0' and known ~= ARGV[2] then fields = {holder, ARGV[2]} end
if ARGV[2] == '0' and known then gone[#gone + 1] = holder end
inParts(gone, function(...) redis.call('HDEL', holders, ...) end)
local participants, isPublished = redis.call('HLEN', users), 1
local telling = connections .. ' ' .. participants
if told ~= telling or ARGV[6] == '1' then
  fields[#fields + 1] = '#told'
  fields[#fields + 1] = telling
  if type(redis.pcall('PUBLISH', ARGV[3], 'c ' .. telling .. '\\n')) ~= 'number' then isPublished = 0 end
end
if #fields > 0 then redis.call('HSET', holders, unpack(fields)) end
if not known or ARGV[5] == '1' then
  redis.call('PEXPIRE', users, ARGV[4])
  redis.call('PEXPIRE', holders, ARGV[4])
end
return {connections, participants, known and 1 or 0, isPublished, 0}
`
