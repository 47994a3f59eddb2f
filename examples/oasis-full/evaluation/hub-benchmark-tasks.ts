import { basename } from 'node:path';
import {
  findHubTask,
  HUB_TASKS,
  type HubBenchmark,
  type HubTask,
  hasHubTask,
  hubTaskFolder,
  hubTaskName,
  loadHubTask,
  subsetsBelow,
} from 'oasis-embed/benchmarks';
import { downloadDataSet } from './download-data-set.js';
import { beirOptions, type ChosenTask, type TaskOptions } from './task-options.js';

interface FoundTask {
  readonly task: HubTask;
  readonly folder: string;
}

/** A task that no list names: a folder with its name, or a repository. */
const unlisted = (name: string, split: string): HubTask => ({
  name: basename(name),
  coir: null,
  repository: name,
  revision: 'main',
  subsets: [],
  languages: [],
  split,
});

/** The subsets that were asked for; null for a task that has none. */
const subsetsOf = (task: HubTask, languages: readonly string[]): readonly (string | null)[] => {
  if (task.subsets.length === 0) return [null];
  return languages.length === 0 ? task.subsets : task.subsets.filter((name) => languages.includes(name));
};

const download = async (task: HubTask, languages: readonly string[]): Promise<string> => {
  const subsets = subsetsOf(task, languages);
  const isWanted = (path: string) =>
    subsets.some(
      (subset) => subset === null || path.startsWith(`${subset}-`) || path.startsWith(`${subset}/`),
    );
  return downloadDataSet(task.repository, {
    revision: task.revision,
    include: isWanted,
    isComplete: (folder) => hasHubTask(folder, task, subsets),
  });
};

/** Whether a folder has the tables of a task, or of some of its subsets. */
const isTask = async (folder: string, task: HubTask): Promise<boolean> =>
  (await subsetsBelow(folder)).length > 0 || hasHubTask(folder, task, [null]);

/** @throws RangeError for a name that is none of the benchmark's tasks. */
const namedTask = (benchmark: HubBenchmark, name: string, split: string): HubTask =>
  benchmark === 'mteb' && name.includes('/') ? unlisted(name, split) : findHubTask(benchmark, name);

/** The tasks asked for, or all that the folder has, each with its folder. */
const findTasks = async (benchmark: HubBenchmark, options: TaskOptions): Promise<readonly FoundTask[]> => {
  const { data, download: mayDownload, taskNames, languages, split } = options;
  const asked = taskNames.map((name) => namedTask(benchmark, name, split));
  const all = HUB_TASKS.filter((task) => hubTaskName(benchmark, task) !== null);
  if (mayDownload) {
    if (data !== null) throw new RangeError('--data must be left out where --download is given');
    const found: FoundTask[] = [];
    for (const task of asked.length === 0 ? all : asked) {
      if (subsetsOf(task, languages).length > 0)
        found.push({ task, folder: await download(task, languages) });
    }
    return found;
  }
  if (data === null) throw new RangeError('--data must be the folder of the files, or --download be given');
  const found: FoundTask[] = [];
  for (const task of asked.length === 0 ? all : asked) {
    const below = await hubTaskFolder(data, task);
    const isAsked = asked.length > 0;
    // Without names, a folder that is called as a task may hold something else: CoSQA's own files, say.
    if (below !== null && (isAsked || (await isTask(below, task)))) found.push({ task, folder: below });
    // The folder itself may be the one task that was asked for.
    else if (asked.length === 1) found.push({ task, folder: data });
    else if (asked.length > 1) {
      throw new RangeError(
        `--data must have a folder ${task.repository.split('/').at(-1)} for ${hubTaskName(benchmark, task)}, received ${data}`,
      );
    }
  }
  if (found.length === 0) {
    throw new RangeError(
      `--data must have folders of ${benchmark}'s tasks, such as ${all[1]!.repository.split('/')[1]}, or --task name the ` +
        `one that it is, received ${data}`,
    );
  }
  return found;
};

/** The language of a task without subsets, where it is about one. */
const languageOf = ({ languages }: HubTask): string | null => {
  const codes = languages.filter((name) => name.endsWith('-Code'));
  return codes.length === 1 ? codes[0]!.slice(0, -'-Code'.length) : null;
};

/** The tasks of CoIR or MTEB that a folder has, or that are downloaded; one for each of their subsets. */
export const chooseHubTasks = async (
  benchmark: HubBenchmark,
  options: TaskOptions,
): Promise<readonly ChosenTask[]> => {
  const chosen: ChosenTask[] = [];
  for (const { task, folder } of await findTasks(benchmark, options)) {
    const there = await subsetsBelow(folder);
    const known = task.subsets.length > 0 ? task.subsets : there;
    const asked = known.filter((name) => options.languages.includes(name));
    const own = known.filter((name) => there.includes(name));
    const parts: readonly (string | null)[] =
      known.length === 0 ? [null] : options.languages.length > 0 ? asked : own.length > 0 ? own : known;
    const left = known.length - parts.length;
    const notes =
      left > 0 && options.languages.length === 0
        ? [
            `${task.name} has ${known.length} subsets, of which ${parts.length} are there: its mean cannot be compared.`,
          ]
        : [];
    for (const subset of parts) {
      const name = hubTaskName(benchmark, task) ?? task.name;
      const language = subset ?? languageOf(task);
      if (subset === null && options.languages.length > 0 && !options.languages.includes(language ?? ''))
        continue;
      chosen.push({
        slug: `${benchmark}-${subset === null ? name : `${name}-${subset}`}`.toLowerCase(),
        folder,
        language,
        hub: { task, subset },
        predictionKey: 'url',
        load: async () => {
          const loaded = await loadHubTask(folder, task, {
            protocol: benchmark,
            ...beirOptions(options),
            ...(subset === null ? {} : { subset }),
          });
          return { ...loaded, notes: [...(loaded.notes ?? []), ...notes] };
        },
      });
    }
  }
  if (chosen.length === 0) {
    throw new RangeError(
      `--language must be one of the tasks' languages, received ${options.languages.join(', ')}`,
    );
  }
  return chosen;
};
