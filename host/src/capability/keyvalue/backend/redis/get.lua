-- The values of some keys, unless they are too much for one answer.
-- KEYS: values, order, size. ARGV: most bytes, then the keys.
local bytes = 0
for i = 2, #ARGV do
  bytes = bytes + redis.call('HSTRLEN', KEYS[1], ARGV[i])
end
if bytes > tonumber(ARGV[1]) then
  return 'answer'
end
return redis.call('HMGET', KEYS[1], unpack(ARGV, 2))
