import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';
import { RATE_TURN_MS, type RateStore } from 'oasis-embed/annotation';
import { isConnectionTrouble, poolOptions } from './queue-connection.js';
import type { QueueServer } from './queue-server.js';
import { OWNER_ALIVE_MS, type SpendArbiter } from './shared-ledger.js';

/** What is used of `pg`, which has no types of its own. */
interface Pool {
  query(
    text: string,
    values?: readonly unknown[],
  ): Promise<{ readonly rows: readonly Record<string, unknown>[] }>;
  on(event: 'error', listener: (error: Error) => void): unknown;
  end(): Promise<void>;
}
type PoolClass = new (options: ReturnType<typeof poolOptions>) => Pool;

/** A lock of this name is held while tables and functions are made: two workers may start at once. */
const LOCK = 0x4f415349;

/**
 * Tables and functions, in a schema of their own. Names carry a version: workers of two versions may share a database.
 * The rates follow the steps of createRateStore; a row that is locked makes each decision one step for everybody.
 */
const SCHEMA = `
CREATE SCHEMA IF NOT EXISTS oasis_full;

CREATE TABLE IF NOT EXISTS oasis_full.rate_1 (
  scope text PRIMARY KEY,
  paused_until double precision NOT NULL DEFAULT 0,
  requests bigint NOT NULL DEFAULT 0,
  tokens bigint NOT NULL DEFAULT 0,
  turn bigint NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS oasis_full.rate_start_1 (
  scope text, id text, at double precision NOT NULL, tokens bigint NOT NULL, PRIMARY KEY (scope, id)
);
CREATE INDEX IF NOT EXISTS rate_start_1_at ON oasis_full.rate_start_1 (scope, at);
CREATE TABLE IF NOT EXISTS oasis_full.rate_turn_1 (
  scope text, id text, turn bigint NOT NULL, tokens bigint NOT NULL, seen double precision NOT NULL,
  PRIMARY KEY (scope, id)
);

CREATE OR REPLACE FUNCTION oasis_full.now_ms_1() RETURNS double precision LANGUAGE sql VOLATILE AS
  'SELECT extract(epoch FROM clock_timestamp())::double precision * 1000';

CREATE OR REPLACE FUNCTION oasis_full.rate_start_1(
  in_scope text, in_id text, in_tokens bigint, most_requests double precision, most_tokens double precision,
  window_ms double precision, hold_ms double precision
) RETURNS double precision LANGUAGE plpgsql AS $$
DECLARE
  state oasis_full.rate_1%ROWTYPE;
  now_ms double precision;
  gone_requests bigint;
  gone_tokens bigint;
  counted double precision;
  held double precision;
  at_ms double precision;
  started CURSOR FOR SELECT at, tokens FROM oasis_full.rate_start_1 WHERE scope = in_scope ORDER BY at;
  row_at double precision;
  row_tokens bigint;
  has_row boolean := false;
  planned_at double precision[] := '{}';
  planned_tokens bigint[] := '{}';
  planned_next int := 1;
  size bigint;
BEGIN
  SELECT * INTO state FROM oasis_full.rate_1 WHERE scope = in_scope FOR UPDATE;
  IF NOT FOUND THEN
    INSERT INTO oasis_full.rate_1 (scope) VALUES (in_scope) ON CONFLICT DO NOTHING;
    SELECT * INTO state FROM oasis_full.rate_1 WHERE scope = in_scope FOR UPDATE;
  END IF;
  now_ms := oasis_full.now_ms_1();
  IF most_requests = 'infinity' AND most_tokens = 'infinity' THEN
    RETURN greatest(0, state.paused_until - now_ms);
  END IF;
  -- It has started, and the answer was lost on its way.
  IF EXISTS (SELECT FROM oasis_full.rate_start_1 WHERE scope = in_scope AND id = in_id) THEN RETURN 0; END IF;
  WITH gone AS (
    DELETE FROM oasis_full.rate_start_1 WHERE scope = in_scope AND at <= now_ms - window_ms RETURNING tokens
  ) SELECT count(*), coalesce(sum(tokens), 0) INTO gone_requests, gone_tokens FROM gone;
  state.requests := state.requests - gone_requests;
  state.tokens := state.tokens - gone_tokens;
  DELETE FROM oasis_full.rate_turn_1 WHERE scope = in_scope AND seen < now_ms - hold_ms;

  counted := state.requests;
  held := state.tokens;
  at_ms := greatest(now_ms, state.paused_until);
  OPEN started;
  FOR size IN
    (SELECT t.tokens FROM oasis_full.rate_turn_1 t WHERE t.scope = in_scope AND t.turn < coalesce(
      (SELECT own.turn FROM oasis_full.rate_turn_1 own WHERE own.scope = in_scope AND own.id = in_id), 'infinity'::float8)
      ORDER BY t.turn)
    UNION ALL SELECT in_tokens
  LOOP
    WHILE counted > 0 LOOP
      IF NOT has_row THEN
        FETCH started INTO row_at, row_tokens;
        IF NOT FOUND THEN
          row_at := planned_at[planned_next];
          row_tokens := planned_tokens[planned_next];
          planned_next := planned_next + 1;
        END IF;
        has_row := true;
      END IF;
      EXIT WHEN row_at + window_ms > at_ms AND counted + 1 <= most_requests AND held + size <= most_tokens;
      at_ms := greatest(at_ms, row_at + window_ms);
      counted := counted - 1;
      held := held - row_tokens;
      has_row := false;
    END LOOP;
    planned_at := planned_at || at_ms;
    planned_tokens := planned_tokens || size;
    counted := counted + 1;
    held := held + size;
  END LOOP;
  CLOSE started;

  IF at_ms > now_ms THEN
    UPDATE oasis_full.rate_turn_1 SET seen = now_ms WHERE scope = in_scope AND id = in_id;
    IF NOT FOUND THEN
      state.turn := state.turn + 1;
      INSERT INTO oasis_full.rate_turn_1 VALUES (in_scope, in_id, state.turn, in_tokens, now_ms);
    END IF;
  ELSE
    DELETE FROM oasis_full.rate_turn_1 WHERE scope = in_scope AND id = in_id;
    INSERT INTO oasis_full.rate_start_1 VALUES (in_scope, in_id, now_ms, in_tokens);
    state.requests := state.requests + 1;
    state.tokens := state.tokens + in_tokens;
  END IF;
  UPDATE oasis_full.rate_1 SET requests = state.requests, tokens = state.tokens, turn = state.turn
    WHERE scope = in_scope;
  RETURN at_ms - now_ms;
END $$;

CREATE OR REPLACE FUNCTION oasis_full.rate_correct_1(in_scope text, in_id text, in_tokens bigint) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  before bigint;
BEGIN
  PERFORM 1 FROM oasis_full.rate_1 WHERE scope = in_scope FOR UPDATE;
  SELECT tokens INTO before FROM oasis_full.rate_start_1 WHERE scope = in_scope AND id = in_id;
  IF FOUND THEN
    UPDATE oasis_full.rate_start_1 SET tokens = in_tokens WHERE scope = in_scope AND id = in_id;
    UPDATE oasis_full.rate_1 SET tokens = tokens + in_tokens - before WHERE scope = in_scope;
  END IF;
END $$;

CREATE TABLE IF NOT EXISTS oasis_full.spend_1 (scope text PRIMARY KEY, paid bigint NOT NULL, server text NOT NULL);
CREATE TABLE IF NOT EXISTS oasis_full.spend_open_1 (
  scope text, id text, owner text NOT NULL, nano bigint NOT NULL, PRIMARY KEY (scope, id)
);
CREATE TABLE IF NOT EXISTS oasis_full.spend_owner_1 (
  scope text, owner text, seen double precision NOT NULL, PRIMARY KEY (scope, owner)
);

CREATE OR REPLACE FUNCTION oasis_full.server_1() RETURNS text LANGUAGE sql STABLE AS
  'SELECT pg_postmaster_start_time()::text';

CREATE OR REPLACE FUNCTION oasis_full.spend_reserve_2(
  in_scope text, in_id text, in_owner text, in_nano bigint, most bigint, alive_ms double precision,
  OUT untold text, OUT granted boolean, OUT held bigint, OUT pending bigint
) LANGUAGE plpgsql AS $$
DECLARE
  state oasis_full.spend_1%ROWTYPE;
  now_ms double precision;
BEGIN
  SELECT * INTO state FROM oasis_full.spend_1 WHERE scope = in_scope FOR UPDATE;
  IF NOT FOUND OR state.server <> oasis_full.server_1() THEN
    untold := oasis_full.server_1();
    RETURN;
  END IF;
  now_ms := oasis_full.now_ms_1();
  INSERT INTO oasis_full.spend_owner_1 VALUES (in_scope, in_owner, now_ms)
    ON CONFLICT (scope, owner) DO UPDATE SET seen = now_ms;
  SELECT state.paid + coalesce(sum(o.nano), 0), coalesce(sum(o.nano) FILTER (WHERE a.seen > now_ms - alive_ms), 0)
    INTO held, pending
    FROM oasis_full.spend_open_1 o LEFT JOIN oasis_full.spend_owner_1 a ON a.scope = o.scope AND a.owner = o.owner
    WHERE o.scope = in_scope AND o.id <> in_id;
  granted := most < 0 OR held + in_nano <= most;
  IF granted THEN
    INSERT INTO oasis_full.spend_open_1 VALUES (in_scope, in_id, in_owner, in_nano)
      ON CONFLICT (scope, id) DO UPDATE SET owner = in_owner, nano = in_nano;
  END IF;
END $$;

CREATE OR REPLACE FUNCTION oasis_full.spend_settle_2(in_scope text, in_id text, in_nano bigint) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
  state oasis_full.spend_1%ROWTYPE;
BEGIN
  SELECT * INTO state FROM oasis_full.spend_1 WHERE scope = in_scope FOR UPDATE;
  IF NOT FOUND OR state.server <> oasis_full.server_1() THEN RETURN oasis_full.server_1(); END IF;
  DELETE FROM oasis_full.spend_open_1 WHERE scope = in_scope AND id = in_id;
  IF FOUND THEN UPDATE oasis_full.spend_1 SET paid = paid + in_nano WHERE scope = in_scope; END IF;
  RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION oasis_full.spend_restore_2(
  in_scope text, untold text, in_paid bigint, ids text[], owners text[], nanos bigint[]
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  state oasis_full.spend_1%ROWTYPE;
BEGIN
  IF untold <> oasis_full.server_1() THEN RETURN; END IF;
  INSERT INTO oasis_full.spend_1 VALUES (in_scope, 0, '') ON CONFLICT DO NOTHING;
  SELECT * INTO state FROM oasis_full.spend_1 WHERE scope = in_scope FOR UPDATE;
  IF state.server = oasis_full.server_1() THEN RETURN; END IF;
  DELETE FROM oasis_full.spend_open_1 WHERE scope = in_scope;
  INSERT INTO oasis_full.spend_open_1 SELECT in_scope, * FROM unnest(ids, owners, nanos);
  UPDATE oasis_full.spend_1 SET paid = in_paid, server = oasis_full.server_1() WHERE scope = in_scope;
END $$;
`;

/** Milliseconds between two tries at a server that does not answer. */
const TRY_AGAIN_MS = 500;

/** Rates and money in PostgreSQL, each decision one function and one transaction. */
export const openPostgresLimits = (
  server: Extract<QueueServer, { readonly kind: 'postgres' }>,
  onTrouble: (error: Error) => void,
) => {
  const { Pool } = createRequire(import.meta.url)('pg') as { readonly Pool: PoolClass };
  const pool = new Pool(poolOptions(server));
  pool.on('error', onTrouble);
  let isClosed = false;

  /** A server that restarts is waited for. Each of these statements may be repeated without harm. */
  const patiently = async <T>(action: () => Promise<T>): Promise<T> => {
    for (;;) {
      try {
        return await action();
      } catch (error) {
        if (isClosed || !isConnectionTrouble(error)) throw error;
        onTrouble(error as Error);
        await sleep(TRY_AGAIN_MS);
      }
    }
  };
  const made = patiently(() => pool.query(`BEGIN; SELECT pg_advisory_xact_lock(${LOCK}); ${SCHEMA} COMMIT;`));
  // Whoever asks first hears of it.
  made.catch(() => {});
  const ask = async (text: string, ...values: readonly unknown[]) => {
    await made;
    const { rows } = await patiently(() => pool.query(text, values));
    return rows[0] ?? {};
  };

  return {
    rates: (scope: string): RateStore => ({
      start: async (id, tokens, { requests, tokens: budget, windowMs }) => {
        const { wait } = await ask(
          'SELECT oasis_full.rate_start_1($1, $2, $3, $4, $5, $6, $7) AS wait',
          ...[scope, id, Math.ceil(tokens), requests, budget, windowMs, RATE_TURN_MS],
        );
        return Number(wait);
      },
      correct: async (id, tokens) => {
        await ask('SELECT oasis_full.rate_correct_1($1, $2, $3)', scope, id, Math.ceil(tokens));
      },
      leave: async (id) => {
        await ask('DELETE FROM oasis_full.rate_turn_1 WHERE scope = $1 AND id = $2', scope, id);
      },
      pause: async (milliseconds) => {
        await ask(
          `INSERT INTO oasis_full.rate_1 (scope, paused_until) VALUES ($1, oasis_full.now_ms_1() + $2)
           ON CONFLICT (scope) DO UPDATE SET paused_until = greatest(rate_1.paused_until, excluded.paused_until)`,
          ...[scope, milliseconds],
        );
      },
    }),
    arbiter: (scope: string): SpendArbiter => ({
      reserve: async (id, owner, nano, most) => {
        const { untold, granted, held, pending } = await ask(
          'SELECT untold, granted, held, pending FROM oasis_full.spend_reserve_2($1, $2, $3, $4, $5, $6)',
          ...[scope, id, owner, nano, most ?? -1, OWNER_ALIVE_MS],
        );
        return typeof untold === 'string'
          ? { untold }
          : { granted: granted === true, held: Number(held), pending: Number(pending) };
      },
      settle: async (id, nano) => {
        const { untold } = await ask(
          'SELECT oasis_full.spend_settle_2($1, $2, $3) AS untold',
          scope,
          id,
          nano,
        );
        return typeof untold === 'string' ? { untold } : null;
      },
      restore: async ({ untold }, { paid, open }) => {
        const rows = [...open];
        await ask(
          'SELECT oasis_full.spend_restore_2($1, $2, $3, $4::text[], $5::text[], $6::bigint[])',
          ...[
            scope,
            untold,
            paid,
            rows.map(([id]) => id),
            rows.map(([, { owner }]) => owner),
            rows.map(([, { nano }]) => nano),
          ],
        );
      },
      leave: async (id) => {
        await ask(`UPDATE oasis_full.spend_open_1 SET owner = '-' WHERE scope = $1 AND id = $2`, scope, id);
      },
      beat: async (owner) => {
        await ask(
          `INSERT INTO oasis_full.spend_owner_1 VALUES ($1, $2, oasis_full.now_ms_1())
           ON CONFLICT (scope, owner) DO UPDATE SET seen = excluded.seen`,
          ...[scope, owner],
        );
      },
    }),
    close: async () => {
      isClosed = true;
      await pool.end();
    },
  };
};
