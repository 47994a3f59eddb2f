import { join } from 'node:path';
import { type DataTable, dataTablesBelow, wholeTable } from './files/data-tables.js';
import { MissingDataError } from './files/json-lines.js';

/** The files of a retrieval data set, one list a table. */
export interface RetrievalTables {
  readonly corpus: readonly string[];
  readonly queries: readonly string[];
  readonly qrels: readonly string[];
}

/** What the folders (or, at the top, the files) of each table are called. */
const CORPUS = ['corpus'];
const QUERIES = ['queries', 'query'];
const QRELS = ['qrels', 'default', 'data', ''];

/** A table as the hub names it: a configuration with splits. */
interface Split {
  readonly configuration: string;
  readonly split: string;
  readonly table: DataTable;
}

/** `corpus.jsonl` is the only split of a configuration; `data/` is where the default one lies. */
const asSplit = (table: DataTable): Split => {
  const { folder, name } = table;
  const named = [...CORPUS, ...QUERIES].includes(name) || /-(corpus|queries|qrels)$/.test(name);
  if (!named || folder.endsWith(name)) return { configuration: folder, split: name, table };
  // CoIR's first uploads: data/corpus-….parquet and data/queries-….parquet.
  const configuration = folder === '' || folder === 'data' ? name : `${folder}/${name}`;
  return { configuration, split: name, table };
};

/** The split asked for; the split that is called as its configuration; the only one. */
const chooseSplit = (splits: readonly Split[], names: readonly string[], split: string) => {
  for (const name of names) {
    const own = splits.filter(({ configuration }) => configuration === name);
    const found =
      own.find((one) => one.split === split) ??
      own.find((one) => one.split === name || name.endsWith(`-${one.split}`)) ??
      (own.length === 1 ? own[0] : undefined);
    if (found !== undefined) return found;
  }
  return undefined;
};

const isText = ({ configuration }: Split): boolean => /(^|[-/])(corpus|queries|query)$/.test(configuration);

/** Configurations of a language, `python-corpus`, or folders of it, `python/corpus`. */
const partNames = (subset: string | null, names: readonly string[]): readonly string[] =>
  subset === null
    ? names
    : names.flatMap((name) => (name === '' ? [subset] : [`${subset}-${name}`, `${subset}/${name}`]));

const splitsBelow = async (directory: string): Promise<readonly Split[]> => {
  const tables = await dataTablesBelow(directory);
  return tables.map(asSplit);
};

const findParts = (splits: readonly Split[], subset: string | null, split: string) => ({
  corpus: chooseSplit(splits, partNames(subset, CORPUS), split),
  queries: chooseSplit(splits, partNames(subset, QUERIES), split),
  qrels: chooseSplit(
    splits.filter((one) => !isText(one)),
    partNames(subset, QRELS),
    split,
  ),
});

const subsetsOf = (splits: readonly Split[]): readonly string[] => {
  const subsets = new Set<string>();
  for (const { configuration } of splits) {
    const name = /^(.+?)[-/](?:corpus|queries|query)$/.exec(configuration)?.[1];
    if (name !== undefined) subsets.add(name);
  }
  return [...subsets].sort();
};

/**
 * The parts of a data set that are evaluated one by one, such as the languages of `python-corpus`, `go-corpus`; none where
 * it has no parts.
 */
export const subsetsBelow = async (directory: string): Promise<readonly string[]> =>
  subsetsOf(await splitsBelow(directory));

/**
 * Where corpus, queries and qrels of a data set lie, in the layouts that BEIR, CoIR and MTEB use: on disk
 * (`corpus.jsonl`, `queries.jsonl`, `qrels/test.tsv`) and on the Hugging Face hub (`corpus/…parquet`,
 * `queries/…parquet`, qrels in `qrels/`, `default/`, `data/` or a folder of their own beside it, named `…-qrels`).
 *
 * @throws MissingDataError naming the first table that is not there, or not whole.
 */
export const findRetrievalTables = async (
  directory: string,
  options: { readonly split: string; readonly subset: string | null; readonly advice: string },
): Promise<RetrievalTables> => {
  const { split, subset, advice } = options;
  const splits = await splitsBelow(directory);
  const { corpus, queries, ...rest } = findParts(splits, subset, split);
  const prefix = subset === null ? '' : `${subset}-`;
  const missing = (name: string) => new MissingDataError(`${join(directory, name)} is missing. ${advice}`);
  if (corpus === undefined && subset === null) {
    const subsets = subsetsOf(splits);
    if (subsets.length > 0) {
      throw new RangeError(`subset must be one of ${subsets.join(', ')} in ${directory}, received none`);
    }
  }
  if (corpus === undefined) throw missing(`${prefix}corpus.jsonl`);
  if (queries === undefined) throw missing(`${prefix}queries.jsonl`);
  let { qrels } = rest;
  if (qrels === undefined || (qrels.split !== split && qrels.configuration !== 'qrels')) {
    // BeIR and the first uploads of CoIR keep them in a repository of their own.
    const sibling = directory.replace(/(-queries-corpus)?[\\/]*$/, '-qrels');
    const beside = chooseSplit(await splitsBelow(sibling), ['', 'data', 'qrels', 'default'], split);
    qrels = beside ?? qrels;
  }
  if (qrels === undefined || qrels.split !== split) {
    const there = splits.filter((one) => !isText(one)).map((one) => one.split);
    const known = there.length === 0 ? '' : ` There is ${[...new Set(there)].join(', ')}.`;
    throw new MissingDataError(
      `${join(directory, `${prefix}qrels`, `${split}.tsv`)} is missing.${known} ${advice}`,
    );
  }
  return {
    corpus: wholeTable(corpus.table),
    queries: wholeTable(queries.table),
    qrels: wholeTable(qrels.table),
  };
};
