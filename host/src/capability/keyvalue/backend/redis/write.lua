-- Makes all changes, or none.
-- KEYS: values, order, size. ARGV: most keys, most bytes, then for each change its key, 1 to set or 0 to delete, its value.
local keys = redis.call('HLEN', KEYS[1])
local bytes = tonumber(redis.call('HGET', KEYS[3], 'bytes') or '0')
local keys_after, bytes_after = keys, bytes
for i = 3, #ARGV, 3 do
  if redis.call('HEXISTS', KEYS[1], ARGV[i]) == 1 then
    keys_after = keys_after - 1
    bytes_after = bytes_after - #ARGV[i] - redis.call('HSTRLEN', KEYS[1], ARGV[i])
  end
  if ARGV[i + 1] == '1' then
    keys_after = keys_after + 1
    bytes_after = bytes_after + #ARGV[i] + #ARGV[i + 2]
  end
end
if keys_after > keys and keys_after > tonumber(ARGV[1]) then
  return 'keys'
end
if bytes_after > bytes and bytes_after > tonumber(ARGV[2]) then
  return 'bytes'
end
redis.call('HSET', KEYS[3], 'bytes', string.format('%.0f', bytes_after))
for i = 3, #ARGV, 3 do
  if ARGV[i + 1] == '0' then
    redis.call('HDEL', KEYS[1], ARGV[i])
    redis.call('ZREM', KEYS[2], ARGV[i])
  elseif redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 2]) == 1 then
    local place = redis.call('HINCRBY', KEYS[3], 'last', 1)
    redis.call('ZADD', KEYS[2], string.format('%.0f', place), ARGV[i])
  end
end
return 'done'
