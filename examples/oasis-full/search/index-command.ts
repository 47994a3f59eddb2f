import { relative } from 'node:path';
import { localModelFolder } from '../models/model-folders.js';
import type { ModelEngine } from '../options/model-engine.js';
import { GENERAL_MODEL_INSTALL, installedGeneralModel } from '../store/general-model.js';
import { createProgress } from '../terminal/progress.js';
import { describeLeftOut } from './describe-left-out.js';
import { indexFolderOf } from './index-folder.js';
import { type IndexedFolders, indexFolders } from './index-folders.js';
import { sourceFolders } from './source-folders.js';
import { watchFolders } from './watch-folders.js';

/** The options that say what an index holds. */
export interface IndexContents {
  readonly model: string | null;
  readonly includeTests: boolean;
  readonly exclude: readonly string[];
  readonly maxFileKilobytes: number;
  readonly engine?: ModelEngine;
}

export interface IndexCommand extends IndexContents {
  readonly folders: readonly string[];
  readonly out: string | null;
  readonly watch: boolean;
  readonly json: boolean;
}

/** Makes or updates the index of some folders, with a bar on standard error. */
export const makeIndex = async (
  folders: readonly string[],
  out: string | null,
  { model, maxFileKilobytes, ...contents }: IndexContents,
  json: boolean,
): Promise<{ readonly out: string; readonly roots: readonly string[]; readonly done: IndexedFolders }> => {
  const sources = sourceFolders(folders);
  const place =
    out ?? indexFolderOf(sources.map(({ root, only }) => (only === undefined ? root : `${root}/${only}`)));
  const progress = json ? null : createProgress(['index']);
  const done = await indexFolders(sources, {
    ...contents,
    out: place,
    model: model === null ? null : await localModelFolder(model),
    maxFileBytes: maxFileKilobytes * 1024,
    onProgress: (count, total, what) => progress?.update(count, total, what),
  });
  progress?.stop?.();
  return { out: place, roots: sources.map(({ root }) => root), done };
};

const count = (number: number, one: string, many = `${one}s`): string =>
  `${number} ${number === 1 ? one : many}`;

const foundBy = (model: string | null): string => {
  const general = installedGeneralModel();
  if (model !== null) return `found by words and by ${model === general ? 'the general model' : model}`;
  return general === null
    ? `found by words alone; a model finds more: ${GENERAL_MODEL_INSTALL}`
    : 'found by words alone';
};

const told = (
  { manifest, engine, seconds, parsed, kept, unchanged }: IndexedFolders,
  model: string | null,
): string[] => {
  const { functions: entries, roles, languages, leftOut, folded, repositories } = manifest;
  const kinds = [
    count(roles.function ?? 0, 'function'),
    count(roles.type ?? 0, 'type'),
    count(roles.value ?? 0, 'constant'),
    count(roles.text ?? 0, 'other part of files', 'other parts of files'),
  ];
  const shown = languages.map(({ name, functions }) => `${name} ${functions}`).join(', ');
  return [
    entries === 0
      ? 'nothing to search: no source code was found'
      : `${count(entries, 'entry', 'entries')} of ${count(repositories.length, 'repository', 'repositories')}: ${kinds.join(', ')}`,
    ...(shown === '' ? [] : [`languages: ${shown}`]),
    ...(folded > 0 ? [`${count(folded, 'near-duplicate')} found under what they repeat`] : []),
    ...(Object.keys(leftOut).length > 0 ? [`left out: ${describeLeftOut(leftOut)}`] : []),
    ...(engine === null ? [] : [`vectors on ${engine}`]),
    ...(entries === 0 ? [] : [foundBy(model)]),
    `${seconds.toFixed(2)} s; ${unchanged ? 'nothing has changed' : `${count(parsed, 'file')} parsed, ${kept} as before`}`,
  ];
};

/** `oasis-full index`. */
export const indexCommand = async ({
  folders,
  out,
  watch,
  json,
  ...contents
}: IndexCommand): Promise<void> => {
  const update = async (isFirst = false) => {
    const made = await makeIndex(folders, out, contents, json);
    // A watch sees changes that make no difference, such as those of an editor's own files.
    if (made.done.unchanged && !isFirst) return made;
    const { manifest, ...rest } = made.done;
    const { rows, repositories, ...facts } = manifest;
    if (json) {
      const names = repositories.map(({ files, ...repository }) => ({ ...repository, files: files.length }));
      console.log(JSON.stringify({ out: made.out, ...rest, ...facts, repositories: names }));
    } else {
      for (const line of told(made.done, contents.model)) console.log(line);
      if (manifest.functions === 0) return made;
      const place = relative(process.env.INIT_CWD ?? process.cwd(), made.out);
      console.log(`Ask: oasis-full search "…" --run ${place.startsWith('..') ? made.out : place}`);
    }
    return made;
  };
  const { roots, out: place } = await update(true);
  if (watch) await watchFolders(roots, place, () => update());
};
