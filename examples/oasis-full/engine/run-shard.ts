import { join } from 'node:path';
import type { ShardFolder } from './shard-folder.js';
import type { ShardContext, ShardFunction } from './shard-function.js';
import type { ShardRecord, ShardTask } from './shard-task.js';

/** What a shard says while it runs. */
export interface ShardVoice {
  progress(done: number, total: number, note: string): void;
  line(text: string): void;
}

export const silent: ShardVoice = { progress: () => {}, line: () => {} };

/** Does one shard unless it is done already: the same for every engine. */
export const runShard = async (
  folder: ShardFolder,
  task: ShardTask,
  run: ShardFunction,
  voice: ShardVoice = silent,
): Promise<ShardRecord> => {
  const previous = await folder.finished(task);
  if (previous !== null) return previous;
  const started = performance.now();
  const names: string[] = [];
  const context: ShardContext = {
    task,
    root: folder.root,
    path: (relative) => join(folder.root, relative),
    output: (name) => {
      if (/^((running|failed)\.)?json$/.test(name))
        throw new RangeError(`output must not be named as a shard's record, received ${name}`);
      if (!names.includes(name)) names.push(name);
      return folder.output(task, name);
    },
    progress: (done, total, note = '') => voice.progress(done, total, note),
    line: (text) => voice.line(text),
  };
  const { rows, usd = 0, summary } = await run(context);
  const seconds = Math.round(performance.now() - started) / 1000;
  return folder.finish(task, names, { rows, usd, seconds, summary });
};
