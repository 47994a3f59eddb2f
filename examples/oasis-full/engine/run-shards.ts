import { lateAnswerHint } from '../models/guidance.js';
import { stopBy } from '../terminal/interrupt.js';
import type { Progress } from '../terminal/progress.js';
import type { Engine } from './engine.js';
import { createShardFolder } from './shard-folder.js';
import { type ShardInput, type ShardKind, type ShardRecord, shardTask } from './shard-task.js';

/** A shard before it has a key. */
export type ShardPlan<Kind extends ShardKind = ShardKind> = {
  readonly shard: string;
  readonly inputs: readonly ShardInput[];
  readonly options: Kind['options'];
} & (null extends Kind['how'] ? { readonly how?: null } : { readonly how: Kind['how'] });

/**
 * Runs all shards of a stage, reports progress, and returns their records in order.
 *
 * @throws Error that names the shards that were given up, with reasons.
 */
export type ShardRunner<Kinds> = <Name extends keyof Kinds & string>(
  kind: Name,
  shards: readonly ShardPlan<KindOf<Kinds, Name>>[],
) => Promise<ShardRecord<KindOf<Kinds, Name>>[]>;

type KindOf<Kinds, Name extends keyof Kinds> = Kinds[Name] extends ShardKind ? Kinds[Name] : never;

/** Names at most a few: a stage of thousands of shards may fail as a whole. */
const NAMED = 5;

export interface ShardRunnerOptions {
  /** Names a command that runs shards beside those of the run, so that neither overwrites the other's. */
  readonly scope?: string | null;
  /** Is given the records of every stage that is done. */
  readonly onDone?: (records: readonly ShardRecord[]) => void;
}

export const createShardRunner = <Kinds>(
  engine: Engine,
  root: string,
  codeVersion: string,
  progress: Progress,
  { scope = null, onDone }: ShardRunnerOptions = {},
): ShardRunner<Kinds> => {
  const folder = createShardFolder(root);
  return async (kind, shards) => {
    const stage = scope === null ? kind : `${scope}-${kind}`;
    const tasks = shards.map((shard) => shardTask({ stage, kind, ...shard }, codeVersion));
    await folder.writePlan(stage, tasks);
    // Unfinished shards count by their share, so that the bar moves while a large one runs.
    const shares = new Map<string, number>();
    let settled = 0;
    let kept = 0;
    const show = (note: string) => {
      let part = settled;
      for (const share of shares.values()) part += share;
      progress.update(Math.floor(part * 100), tasks.length * 100, note);
    };
    const stopped = stopBy(() => engine.stop());
    const run = engine.runStage(tasks, {
      onProgress: (task, done, total, note) => {
        shares.set(task.shard, total > 0 ? Math.min(1, done / total) : 0);
        show(note === '' ? `${stage} ${task.shard}` : note);
      },
      onLine: (text) => progress.line(text),
      onOutcome: (outcome, done) => {
        settled = done;
        if (outcome.status === 'kept') kept++;
        const { shard } = outcome.status === 'failed' ? outcome.letter : outcome.record;
        shares.delete(shard);
        show(`${stage}: ${done} of ${tasks.length} shards`);
        progress.shard?.({
          stage,
          shard,
          status: outcome.status,
          ...(outcome.status === 'failed'
            ? { reason: outcome.letter.reason }
            : {
                rows: outcome.record.rows,
                seconds: outcome.record.seconds,
                usd: outcome.record.usd,
                worker: outcome.record.worker,
              }),
        });
      },
    });
    const outcomes = await run.finally(stopped);
    if (kept > 0) progress.line(`${stage}: ${kept} of ${tasks.length} shards kept from an earlier run`);
    const records: ShardRecord[] = [];
    const letters = outcomes.flatMap((outcome) => {
      if (outcome.status === 'failed') return [outcome.letter];
      records.push(outcome.record);
      return [];
    });
    if (letters.length > 0) {
      const named = letters.slice(0, NAMED).map(({ shard, reason }) => `  ${shard}: ${reason}`);
      if (letters.length > NAMED) named.push(`  and ${letters.length - NAMED} more (oasis-full status)`);
      const late = letters.map(({ reason }) => lateAnswerHint(reason)).find((hint) => hint !== '');
      throw new Error(
        `${letters.length} of ${tasks.length} shards of ${stage} failed for good:\n${named.join('\n')}\n` +
          `Fix the cause${late === undefined ? '' : ` (where answers only come late: ${late})`}, run oasis-full retry-failed ` +
          '--out <the run’s folder>, then run the same command again. ' +
          'Every other shard is kept.',
      );
    }
    onDone?.(records);
    // What a shard of a kind says of itself is the summary of that kind.
    return records as ShardRecord<KindOf<Kinds, typeof kind>>[];
  };
};
