/**
 * Draws documented functions and types of the packages that fetch.py laid out, and drops those that a benchmark holds.
 *
 *   npx tsx bench/experiments/general-model/collect.ts DATA OUT.jsonl [--per-language N] [--python N] [--types N] [--against PATH]...
 *
 * DATA is the folder of fetch.py. PATH is a folder of repositories or a file of code of a benchmark, such as CoSQA's
 * code_idx_map.txt: a function is dropped where one of them holds most of its lines. The same DATA gives the same file.
 */
import { createHash } from 'node:crypto';
import { createReadStream, type Dirent } from 'node:fs';
import { readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { dropReason } from 'oasis-embed/corpus';
import { analyzedFiles } from '../../../examples/oasis-full/search/entries/analyzed-files.js';
import { PieceReader } from '../../../examples/oasis-full/search/entries/file-pieces.js';
import { fileEntries, type SearchEntry } from '../../../examples/oasis-full/search/entries/search-entry.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    'per-language': { type: 'string', default: '800' },
    python: { type: 'string', default: '2400' },
    types: { type: 'string', default: '400' },
    against: { type: 'string', multiple: true, default: [] },
  },
});
const [data, out, ...more] = positionals;
if (data === undefined || out === undefined || more.length > 0)
  throw new Error('expected the folder of fetch.py and a file to write');

/** An order by chance that is the same everywhere. */
const byChance = ({ repository, id }: SearchEntry): string =>
  createHash('sha256').update(`${repository}\0${id}`).digest('hex');

/** Packages in turn, so that none crowds out the others. */
const drawn = (packages: readonly SearchEntry[][], limit: number): SearchEntry[] => {
  const queues = packages.map((functions) =>
    functions.map((fn) => ({ fn, key: byChance(fn) })).sort((a, b) => (a.key < b.key ? -1 : 1)),
  );
  const taken: SearchEntry[] = [];
  for (let round = 0; taken.length < limit && queues.some((queue) => queue.length > round); round++)
    for (const queue of queues)
      if (queue.length > round && taken.length < limit) taken.push(queue[round]!.fn);
  return taken;
};

const MAX_FILE_BYTES = 1 << 20;
/** What questions about a type are about: its doc, beside its name. */
const saysEnough = ({ role, summary }: SearchEntry): boolean =>
  role === 'type' && summary !== null && summary.split(' ').length >= 4;

/** Entries as an index has them: what is documented well enough to learn from. */
const documentedEntries = async (language: string, name: string) => {
  const root = join(data, 'sources', language, name);
  const reader = new PieceReader(root, {
    includeTests: false,
    maxFileBytes: MAX_FILE_BYTES,
    everyLanguage: false,
  });
  const functions: SearchEntry[] = [];
  const types: SearchEntry[] = [];
  for await (const file of analyzedFiles(root, {
    repository: name,
    resolveCalls: false,
    maxFileBytes: MAX_FILE_BYTES,
  })) {
    const pieces = await reader.of(file);
    if (pieces === null) continue;
    const documented = new Set(file.functions.filter((fn) => dropReason(fn) === null).map(({ id }) => id));
    for (const entry of fileEntries(name, file.functions, pieces)) {
      if (documented.has(entry.id)) functions.push(entry);
      else if (saysEnough(entry)) types.push(entry);
    }
  }
  return { functions, types };
};

/** A line as it is compared: without what formatters change. Short ones stand everywhere. */
const lineKey = (line: string): string | null => {
  const key = line.replaceAll(/\s+/g, '');
  return key.length < 16 ? null : key;
};

const linesOf = (text: string): string[] =>
  text.split('\n').flatMap((line) => {
    const key = lineKey(line);
    return key === null ? [] : [key];
  });

async function* filesBelow(path: string): AsyncGenerator<string> {
  if ((await stat(path)).isFile()) return yield path;
  const entries: Dirent[] = await readdir(path, { withFileTypes: true });
  for (const entry of entries) {
    if (entry.isDirectory() && entry.name !== '.git') yield* filesBelow(join(path, entry.name));
    else if (
      entry.isFile() &&
      /\.(m?[jt]sx?|py|java|go|php|rb|c|h|cc|cpp|hpp|cs|rs|kt|scala|swift|txt|json)$/.test(entry.name)
    )
      yield join(path, entry.name);
  }
}

/** Which of some lines stand in the benchmark's files. */
const linesAmong = async (wanted: ReadonlySet<string>, paths: readonly string[]): Promise<Set<string>> => {
  const found = new Set<string>();
  // A file of strings in JSON holds many lines of code in one of its own.
  for (const path of paths)
    for await (const file of filesBelow(path))
      for await (const line of createInterface({ input: createReadStream(file) }))
        for (const part of line.split('\\n')) {
          const key = lineKey(part.replaceAll('\\"', '"'));
          if (key !== null && wanted.has(key)) found.add(key);
        }
  return found;
};

const chosen: SearchEntry[] = [];
for (const language of (await readdir(join(data, 'sources'))).sort()) {
  const limit = Number(language === 'python' ? values.python : values['per-language']);
  const packages: Awaited<ReturnType<typeof documentedEntries>>[] = [];
  for (const name of (await readdir(join(data, 'sources', language))).sort())
    packages.push(await documentedEntries(language, name));
  const functions = drawn(
    packages.map((entries) => entries.functions),
    limit,
  );
  const types = drawn(
    packages.map((entries) => entries.types),
    Number(values.types),
  );
  console.error(
    `${language}: ${functions.length} functions, ${types.length} types, ${packages.length} packages`,
  );
  chosen.push(...functions, ...types);
}

const lines = chosen.map(({ code }) => linesOf(code));
const held = await linesAmong(new Set(lines.flat()), values.against);
/** A function without a long line is too short to be told from another. */
const isHeld = (i: number): boolean =>
  lines[i]!.length > 0 && lines[i]!.filter((line) => held.has(line)).length >= 0.7 * lines[i]!.length;
const kept = chosen.filter((_, i) => !isHeld(i));
console.error(`${chosen.length - kept.length} functions dropped that a benchmark holds, ${kept.length} kept`);
await writeFile(
  out,
  kept
    .map(
      ({ repository, path, role, name, qualifiedName, language, doc, summary, code }) =>
        `${JSON.stringify({ repository, path, role, name, qualifiedName, language, doc, summary, code })}\n`,
    )
    .join(''),
);
