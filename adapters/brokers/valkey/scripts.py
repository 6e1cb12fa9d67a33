"""What runs on the Valkey server, each script in one step. Keys of one topic share a slot by their braces.

A topic is a hash (`partitions`, how many each has had, and where messages must not stay `done-goes`, as soon
as all groups have done them, or `expires`, so many ms after they came), a log for each partition, and for
each group a sorted set of members by their last beat and a hash of owners.
"""

from __future__ import annotations

from typing import Final

FENCED: Final = "FENCED"
UNKNOWN_TOPIC: Final = -1
FULL: Final = -2
CONSUMER: Final = "owner"  # the only consumer name: who owns the partition is told by the owners' hash

_BEFORE: Final = """
local function before(one, other)
    local ms, number = string.match(one, '(%d+)-(%d+)')
    local ms2, number2 = string.match(other, '(%d+)-(%d+)')
    ms, ms2 = tonumber(ms), tonumber(ms2)
    return ms < ms2 or (ms == ms2 and tonumber(number) < tonumber(number2))
end
"""

# KEYS topic. ARGV remembered, most, then for each message: partition, identity, id, key, headers, body.
# Returns {0 or the trouble, how many from the first have arrived}. A message whose identity is among the last
# ones of its partition has arrived already. Two sets take turns to remember them.
PUBLISH: Final = (
    _BEFORE
    + """
if redis.call('HEXISTS', KEYS[1], 'partitions') == 0 then return {-1, 0} end
local remembered, most = tonumber(ARGV[1]), tonumber(ARGV[2])
local expires = tonumber(redis.call('HGET', KEYS[1], 'expires') or '')

-- Lets go of the oldest tenth, a hundred at most since XRANGE answers with their bodies, as far as every
-- group has done them.
local function trim(log)
    local oldest = redis.call('XRANGE', log, '-', '+', 'COUNT', math.min(100, math.floor(most / 10)) + 1)
    local keep = oldest[#oldest][1]
    for _, facts in ipairs(redis.call('XINFO', 'GROUPS', log)) do
        local group = {}
        for i = 1, #facts, 2 do group[facts[i]] = facts[i + 1] end
        local pending = redis.call('XPENDING', log, group['name'])
        local first = pending[1] > 0 and pending[2] or group['last-delivered-id']
        if before(first, keep) then keep = first end
    end
    redis.call('XTRIM', log, 'MINID', keep)
end

local arrived = 0
for i = 3, #ARGV, 6 do
    local log = KEYS[1] .. ':' .. ARGV[i]
    local identity, known = ARGV[i + 1], false
    local count = tonumber(redis.call('HGET', KEYS[1], 'count:' .. ARGV[i]) or '0')
    local turn = math.floor(count / remembered) % 2
    if identity ~= '' then
        known = redis.call('SISMEMBER', log .. ':seen:' .. turn, identity) == 1
            or redis.call('SISMEMBER', log .. ':seen:' .. (1 - turn), identity) == 1
    end
    if not known then
        if redis.call('XLEN', log) >= most then
            trim(log)
            if redis.call('XLEN', log) >= most then return {-2, arrived} end
        end
        if expires then
            local clock = redis.call('TIME')
            redis.call('XTRIM', log, 'MINID', clock[1] * 1000 - expires)
        end
        redis.call('XADD', log, '*', 'id', ARGV[i + 2], 'key', ARGV[i + 3],
            'headers', ARGV[i + 4], 'body', ARGV[i + 5])
        if expires then redis.call('PEXPIRE', log, expires) end
        if count % remembered == 0 then redis.call('UNLINK', log .. ':seen:' .. turn) end
        if identity ~= '' then redis.call('SADD', log .. ':seen:' .. turn, identity) end
        redis.call('HINCRBY', KEYS[1], 'count:' .. ARGV[i], 1)
    end
    arrived = arrived + 1
end
return {0, arrived}
"""
)

# KEYS members, owners. ARGV member, lease in ms, partitions, the partition in hand or -1.
# Tells that the member lives, forgets those that do not, and divides the partitions: each free one that is
# meant for this member becomes its own; each of its own that is meant for another becomes free, or is to be
# freed when it is in hand. Returns its partitions, each followed by its token, which never comes twice, and
# by `stay` or `go`.
BEAT: Final = """
local me, partitions, busy = ARGV[1], tonumber(ARGV[3]), tonumber(ARGV[4])
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', '(' .. now - tonumber(ARGV[2]))
redis.call('ZADD', KEYS[1], now, me)
local members, lives = redis.call('ZRANGE', KEYS[1], 0, -1), {}
table.sort(members)
for _, member in ipairs(members) do lives[member] = true end
local mine = {}
for partition = 0, partitions - 1 do
    local meant = members[partition % #members + 1]
    local token = redis.call('HGET', KEYS[2], 'owner:' .. partition)
    local owner = token and string.match(token, '^(.*)/')
    if owner == me and meant ~= me and partition ~= busy then
        redis.call('HDEL', KEYS[2], 'owner:' .. partition)
    elseif owner ~= me and meant == me and not lives[owner or ''] then
        token = me .. '/' .. redis.call('HINCRBY', KEYS[2], 'epoch:' .. partition, 1)
        redis.call('HSET', KEYS[2], 'owner:' .. partition, token)
        owner = me
    end
    if owner == me and (meant == me or partition == busy) then
        mine[#mine + 1] = tostring(partition)
        mine[#mine + 1] = token
        mine[#mine + 1] = meant == me and 'stay' or 'go'
    end
end
return mine
"""

# KEYS members, owners. ARGV member, partitions. Frees what the member owns and forgets it.
LEAVE: Final = """
redis.call('ZREM', KEYS[1], ARGV[1])
for partition = 0, tonumber(ARGV[2]) - 1 do
    local token = redis.call('HGET', KEYS[2], 'owner:' .. partition)
    if token and string.match(token, '^(.*)/') == ARGV[1] then
        redis.call('HDEL', KEYS[2], 'owner:' .. partition)
    end
end
"""

# KEYS owners, log. ARGV partition, token, group, consumer, from, count, bytes. Returns entries, at most ten
# of them past `bytes`; without any, the id up to which everything was delivered. Only the owner reads: nobody
# else may move the group's place.
READ: Final = """
if redis.call('HGET', KEYS[1], 'owner:' .. ARGV[1]) ~= ARGV[2] then return redis.error_reply('FENCED') end
local found, from, count, bytes = {}, ARGV[5], tonumber(ARGV[6]), tonumber(ARGV[7])
-- XREADGROUP knows no bound in bytes.
while count > 0 and bytes > 0 do
    local answer = redis.call('XREADGROUP', 'GROUP', ARGV[3], ARGV[4], 'COUNT', math.min(10, count),
        'STREAMS', KEYS[2], from)
    local some = answer and answer[1][2] or {}
    for _, entry in ipairs(some) do
        found[#found + 1] = entry
        for _, value in ipairs(entry[2] or {}) do bytes = bytes - #value end
    end
    if #some < math.min(10, count) then break end
    count = count - #some
    if from ~= '>' then from = some[#some][1] end
end
if #found > 0 then return found end
local facts = redis.call('XINFO', 'STREAM', KEYS[2])
for i = 1, #facts, 2 do
    if facts[i] == 'last-generated-id' then return facts[i + 1] end
end
"""

# KEYS owners, log, topic. ARGV partition, token, group, ids. Only the owner acknowledges. Where done messages
# must not stay, all go that every group has done.
ACKNOWLEDGE: Final = (
    _BEFORE
    + """
if redis.call('HGET', KEYS[1], 'owner:' .. ARGV[1]) ~= ARGV[2] then return redis.error_reply('FENCED') end
local ids = {}
for i = 4, #ARGV do ids[#ids + 1] = ARGV[i] end
local done = redis.call('XACK', KEYS[2], ARGV[3], unpack(ids))
if redis.call('HEXISTS', KEYS[3], 'done-goes') == 0 then return done end

local entries = redis.call('XRANGE', KEYS[2], '-', '+', 'COUNT', #ids + 100)
local needed = {}
for _, facts in ipairs(redis.call('XINFO', 'GROUPS', KEYS[2])) do
    local group = {}
    for i = 1, #facts, 2 do group[facts[i]] = facts[i + 1] end
    local pending = redis.call('XPENDING', KEYS[2], group['name'])
    needed[#needed + 1] = {first = pending[1] > 0 and pending[2], last = group['last-delivered-id']}
end
local gone = {}
for _, entry in ipairs(entries) do
    local id, kept = entry[1], false
    for _, group in ipairs(needed) do
        if group.first and not before(id, group.first) then kept = true end
        if before(group.last, id) then kept = true end
    end
    if kept then break end
    gone[#gone + 1] = id
end
for first = 1, #gone, 1000 do
    redis.call('XDEL', KEYS[2], unpack(gone, first, math.min(first + 999, #gone)))
end
return done
"""
)
