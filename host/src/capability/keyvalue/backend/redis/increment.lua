-- Adds to a number, in Redis' own arithmetic: Lua's numbers are too short.
-- KEYS: values, order, size. ARGV: most keys, most bytes, the key, what to add.
local key = ARGV[3]
local before = redis.call('HGET', KEYS[1], key)
if before and not (before == '0' or string.match(before, '^[1-9]%d*$')) then
  return 'no-number'
end
local sum = redis.pcall('HINCRBY', KEYS[1], key, ARGV[4])
if type(sum) == 'table' then
  -- Too large already, or what is to be added is: for a number, or for the sum.
  if before and string.find(sum.err, 'hash value', 1, true) then
    return 'no-number'
  end
  return 'overflow'
end
local after = redis.call('HGET', KEYS[1], key)
local more = #after - (before and #before or -#key)
local bytes = tonumber(redis.call('HGET', KEYS[3], 'bytes') or '0') + more
local refused = nil
if not before and redis.call('HLEN', KEYS[1]) > tonumber(ARGV[1]) then
  refused = 'keys'
elseif more > 0 and bytes > tonumber(ARGV[2]) then
  refused = 'bytes'
end
if refused then
  if before then
    redis.call('HSET', KEYS[1], key, before)
  else
    redis.call('HDEL', KEYS[1], key)
  end
  return refused
end
redis.call('HSET', KEYS[3], 'bytes', string.format('%.0f', bytes))
if not before then
  local place = redis.call('HINCRBY', KEYS[3], 'last', 1)
  redis.call('ZADD', KEYS[2], string.format('%.0f', place), key)
end
return after
