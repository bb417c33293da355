-- Keys with their places, from a place on.
-- KEYS: values, order, size. ARGV: the place, and how many.
return redis.call('ZRANGEBYSCORE', KEYS[2], ARGV[1], '+inf', 'WITHSCORES', 'LIMIT', 0, ARGV[2])
