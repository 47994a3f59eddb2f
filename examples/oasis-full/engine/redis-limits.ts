import { createRequire } from 'node:module';
import type { Redis, RedisOptions } from 'ioredis';
import { RATE_TURN_MS, type RateStore } from 'oasis-embed/annotation';
import type { QueueServer } from './queue-server.js';
import { OWNER_ALIVE_MS, type SpendArbiter } from './shared-ledger.js';

/** The server's clock in milliseconds, and the name of its process: another one may have forgotten what it had. */
const COMMON = `
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local run = string.match(redis.call('INFO', 'server'), 'run_id:(%w+)')
local function text(number) return string.format('%.0f', number) end
`;

/**
 * The steps of createRateStore, in one script. Keys: starts by time, tokens by id, turns by number, when each was last
 * asked for, and a hash of the sum of tokens, the last number, the end of a pause and the server's process.
 */
const START = `${COMMON}
local id, tokens = ARGV[1], tonumber(ARGV[2])
local requests, budget = tonumber(ARGV[3]), tonumber(ARGV[4])
local window, hold, known = tonumber(ARGV[5]), tonumber(ARGV[6]), ARGV[7]
local starts, sizes, turns, seen, state = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local function keep() for _, key in ipairs(KEYS) do redis.call('PEXPIRE', key, math.ceil(window + 60000)) end end

local pause = tonumber(redis.call('HGET', state, 'pause') or '0')
local before = redis.call('HGET', state, 'run')
if before ~= run then
  -- What has started in the last window may be forgotten: nothing starts for one.
  if before or (known ~= '' and known ~= run) then pause = math.max(pause, now + window) end
  redis.call('HSET', state, 'run', run, 'pause', pause)
end
if requests < 0 and budget < 0 then
  keep()
  return { tostring(math.max(0, pause - now)), run }
end

-- It has started, and the answer was lost on its way.
if redis.call('ZSCORE', starts, id) then
  keep()
  return { '0', run }
end

local sum = tonumber(redis.call('HGET', state, 'sum') or '0')
for _, old in ipairs(redis.call('ZRANGEBYSCORE', starts, '-inf', now - window)) do
  sum = sum - tonumber(redis.call('HGET', sizes, old) or '0')
  redis.call('HDEL', sizes, old)
  redis.call('ZREM', starts, old)
end
local waiting = redis.call('ZRANGE', turns, 0, -1)
local ahead = {}
for _, turn in ipairs(waiting) do
  if tonumber(redis.call('HGET', seen, turn) or '0') < now - hold then
    redis.call('ZREM', turns, turn)
    redis.call('HDEL', sizes, turn)
    redis.call('HDEL', seen, turn)
  elseif turn == id then break
  else ahead[#ahead + 1] = tonumber(redis.call('HGET', sizes, turn)) end
end

local count = redis.call('ZCARD', starts)
local started, planned, oldest, held, at = count, {}, 0, sum, math.max(now, pause)
local function entry(place)
  if place >= started then return planned[place - started + 1] end
  local row = redis.call('ZRANGE', starts, place, place, 'WITHSCORES')
  return { tonumber(row[2]), tonumber(redis.call('HGET', sizes, row[1]) or '0') }
end
local function place(size)
  while count > 0 do
    local fits = (requests < 0 or count + 1 <= requests) and (budget < 0 or held + size <= budget)
    -- What is over by then has been dropped already where nothing was planned later than now.
    if fits and at == now then break end
    local row = entry(oldest)
    if fits and row[1] + window > at then break end
    at = math.max(at, row[1] + window)
    oldest, count, held = oldest + 1, count - 1, held - row[2]
  end
  planned[#planned + 1] = { at, size }
  count, held = count + 1, held + size
end
for _, size in ipairs(ahead) do place(size) end
place(tokens)

redis.call('HSET', sizes, id, text(tokens))
if at > now then
  if not redis.call('ZSCORE', turns, id) then
    redis.call('ZADD', turns, redis.call('HINCRBY', state, 'turn', 1), id)
  end
  redis.call('HSET', seen, id, now)
  redis.call('HSET', state, 'sum', text(sum))
else
  redis.call('ZREM', turns, id)
  redis.call('HDEL', seen, id)
  redis.call('ZADD', starts, now, id)
  redis.call('HSET', state, 'sum', text(sum + tokens))
end
keep()
return { tostring(at - now), run }
`;

const CORRECT = `
if redis.call('ZSCORE', KEYS[1], ARGV[1]) then
  local before = tonumber(redis.call('HGET', KEYS[2], ARGV[1]) or '0')
  redis.call('HSET', KEYS[2], ARGV[1], ARGV[2])
  local sum = tonumber(redis.call('HGET', KEYS[5], 'sum') or '0') + tonumber(ARGV[2]) - before
  redis.call('HSET', KEYS[5], 'sum', string.format('%.0f', sum))
end
`;

const LEAVE = `
if redis.call('ZREM', KEYS[3], ARGV[1]) == 1 then redis.call('HDEL', KEYS[2], ARGV[1]) end
redis.call('HDEL', KEYS[4], ARGV[1])
`;

const PAUSE = `${COMMON}
local pause = math.max(tonumber(redis.call('HGET', KEYS[5], 'pause') or '0'), now + tonumber(ARGV[1]))
redis.call('HSET', KEYS[5], 'pause', pause)
redis.call('PEXPIRE', KEYS[5], math.ceil(pause - now + 60000))
`;

/** Keys: a hash of what is paid and the server's process, reservations by id, and when each process was last seen. */
const RESERVE = `${COMMON}
local id, owner, nano, most = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
if redis.call('HGET', KEYS[1], 'run') ~= run then return { run } end
redis.call('HSET', KEYS[3], owner, text(now))
local held, pending = tonumber(redis.call('HGET', KEYS[1], 'paid')), 0
local rows = redis.call('HGETALL', KEYS[2])
for i = 1, #rows, 2 do
  if rows[i] ~= id then
    local amount, by = string.match(rows[i + 1], '^(%d+) (.*)$')
    held = held + tonumber(amount)
    if now - tonumber(redis.call('HGET', KEYS[3], by) or '0') < tonumber(ARGV[5]) then
      pending = pending + tonumber(amount)
    end
  end
end
local granted = most < 0 or held + nano <= most
if granted then redis.call('HSET', KEYS[2], id, text(nano) .. ' ' .. owner) end
return { granted and '1' or '0', text(held), text(pending) }
`;

const SETTLE = `${COMMON}
if redis.call('HGET', KEYS[1], 'run') ~= run then return run end
if redis.call('HDEL', KEYS[2], ARGV[1]) == 1 then
  redis.call('HSET', KEYS[1], 'paid', text(tonumber(redis.call('HGET', KEYS[1], 'paid')) + tonumber(ARGV[2])))
end
return false
`;

const RESTORE = `${COMMON}
if ARGV[1] ~= run or redis.call('HGET', KEYS[1], 'run') == run then return end
redis.call('DEL', KEYS[2])
redis.call('HSET', KEYS[1], 'run', run, 'paid', ARGV[2])
for i = 3, #ARGV, 2 do redis.call('HSET', KEYS[2], ARGV[i], ARGV[i + 1]) end
`;

const LEAVE_OPEN = `
local row = redis.call('HGET', KEYS[2], ARGV[1])
if row then redis.call('HSET', KEYS[2], ARGV[1], string.match(row, '^%d+') .. ' -') end
`;

const BEAT = `${COMMON}redis.call('HSET', KEYS[3], ARGV[1], text(now))`;

/** A custom command of ioredis: it sends the script's hash, and the script where the server does not know it. */
type Script = (...args: (string | number)[]) => Promise<unknown>;

const scriptsOf = (redis: Redis) => {
  const define = (name: string, numberOfKeys: number, lua: string): Script => {
    redis.defineCommand(name, { numberOfKeys, lua });
    const command: unknown = Reflect.get(redis, name);
    if (typeof command !== 'function') throw new Error(`ioredis did not define the command ${name}`);
    return async (...args) => Reflect.apply(command, redis, args);
  };
  return {
    start: define('oasisStart', 5, START),
    correct: define('oasisCorrect', 5, CORRECT),
    leave: define('oasisLeave', 5, LEAVE),
    pause: define('oasisPause', 5, PAUSE),
    reserve: define('oasisReserve', 3, RESERVE),
    settle: define('oasisSettle', 3, SETTLE),
    leaveOpen: define('oasisLeaveOpen', 3, LEAVE_OPEN),
    beat: define('oasisBeat', 3, BEAT),
    restore: define('oasisRestore', 3, RESTORE),
  };
};

const limitOf = (value: number): number => (value === Number.POSITIVE_INFINITY ? -1 : value);

/** Rates and money in Redis or Valkey, each decision one script. */
export const openRedisLimits = (
  server: Extract<QueueServer, { readonly kind: 'redis' }>,
  onTrouble: (error: Error) => void,
) => {
  const { Redis } = createRequire(import.meta.url)('ioredis') as typeof import('ioredis');
  const redis = new Redis(server.options as Omit<RedisOptions, 'replyMapping'>);
  redis.on('error', onTrouble);
  const scripts = scriptsOf(redis);
  return {
    rates: (scope: string): RateStore => {
      // The braces keep the keys on one node of a cluster.
      const keys = ['starts', 'sizes', 'turns', 'seen', 'state'].map(
        (part) => `oasis-full:{${scope}}:rate:${part}`,
      );
      let run = '';
      return {
        start: async (id, tokens, { requests, tokens: budget, windowMs }) => {
          const numbers = [Math.ceil(tokens), limitOf(requests), limitOf(budget), windowMs, RATE_TURN_MS];
          const [wait, by] = (await scripts.start(...keys, id, ...numbers, run)) as [string, string];
          run = by;
          return Number(wait);
        },
        correct: async (id, tokens) => {
          await scripts.correct(...keys, id, Math.ceil(tokens));
        },
        leave: async (id) => {
          await scripts.leave(...keys, id);
        },
        pause: async (milliseconds) => {
          await scripts.pause(...keys, milliseconds);
        },
      };
    },
    arbiter: (scope: string): SpendArbiter => {
      const keys = ['money', 'open', 'alive'].map((part) => `oasis-full:{${scope}}:spend:${part}`);
      return {
        reserve: async (id, owner, nano, most) => {
          const answer = await scripts.reserve(...keys, id, owner, nano, most ?? -1, OWNER_ALIVE_MS);
          const [first, held, pending] = answer as [string, string?, string?];
          return held === undefined
            ? { untold: first }
            : { granted: first === '1', held: Number(held), pending: Number(pending) };
        },
        settle: async (id, nano) => {
          const run = (await scripts.settle(...keys, id, nano)) as string | null;
          return run === null ? null : { untold: run };
        },
        restore: async ({ untold }, { paid, open }) => {
          const rows = [...open].flatMap(([id, { nano, owner }]) => [id, `${nano} ${owner}`]);
          await scripts.restore(...keys, untold, paid, ...rows);
        },
        leave: async (id) => {
          await scripts.leaveOpen(...keys, id);
        },
        beat: async (owner) => {
          await scripts.beat(...keys, owner);
        },
      };
    },
    close: async () => {
      redis.disconnect();
    },
  };
};
