import { createHash } from 'node:crypto';
import { type CodeFunction, summarizeDoc } from 'oasis-embed/corpus';
import {
  codeWithoutComments,
  LANGUAGES,
  type LanguageId,
  loadLanguage,
  type SyntaxParser,
} from 'oasis-embed/syntax';
import type { ShardFunction } from '../../engine/shard-function.js';
import { readJsonLines } from '../../store/json-lines.js';
import { writeParquet } from '../../store/parquet-table.js';
import { type ExtractSummary, functionColumns, toFunctionColumns } from './extract.js';
import { PartWriter } from './part-writer.js';

/** A file of functions as a worker finds it: it must lie at the same place on every machine. */
export interface ImportOptions {
  readonly name: string;
  readonly path: string;
  readonly version: string;
}

type Row = Readonly<Record<string, unknown>>;

/** Under which names a field is known: this project's, CodeSearchNet's, those of the released dataset. */
const FIELDS = {
  repository: ['repository', 'repository_name', 'repo'],
  path: ['path', 'func_path_in_repository'],
  name: ['qualifiedName', 'name', 'func_name'],
  language: ['language', 'lang'],
  doc: ['doc', 'docstring', 'func_documentation_string', 'poss_docstring'],
  clean: ['snippet_wo_comment'],
  source: ['source', 'code', 'func_code_string', 'whole_func_string'],
} as const;

const reader = (place: string, row: Row) => {
  const find = (field: keyof typeof FIELDS): string | null => {
    for (const name of FIELDS[field]) {
      const value = row[name];
      if (value === undefined || value === null) continue;
      if (typeof value === 'string') return value;
      throw new TypeError(`${place}: ${name} must be a string, received ${JSON.stringify(value)}`);
    }
    return null;
  };
  const need = (field: keyof typeof FIELDS): string => {
    const value = find(field);
    if (value !== null) return value;
    const names = FIELDS[field].join(' or ');
    throw new TypeError(
      `${place}: a row must have ${names}, received ${Object.keys(row).join(', ') || 'none'}`,
    );
  };
  return { find, need };
};

/** The code of a lone function without comments and without the doc in its body. */
const cleanCode = (parser: SyntaxParser, source: string): string => {
  const { definition } = parser;
  const opening = definition.snippetWrappers[0]?.prefix ?? '';
  // PHP is text until its tag; other languages know a comment wherever it stands.
  const prefix = opening.startsWith('<?') && !source.trimStart().startsWith('<?') ? opening : '';
  const tree = parser.read(prefix + source);
  const docs: number[] = [];
  for (let node = 0; node < tree.size; node++) {
    if (!definition.functionKinds.has(tree.kind(node))) continue;
    const head = definition.describeFunction(tree, node);
    const inside = head === null ? -1 : (definition.findDoc(tree, node, head)?.inside ?? -1);
    if (inside >= 0) docs.push(inside);
  }
  const code = codeWithoutComments(tree, 0, definition, docs);
  return prefix !== '' && code.startsWith(prefix.trim())
    ? code.slice(prefix.trim().length).trimStart()
    : code;
};

const isLanguage = (name: string): name is LanguageId => Object.hasOwn(LANGUAGES, name);

const readFunction = async (place: string, row: Row, id: string): Promise<CodeFunction> => {
  const { find, need } = reader(place, row);
  const language = need('language').toLowerCase();
  if (!isLanguage(language))
    throw new TypeError(
      `${place}: language must be one of ${Object.keys(LANGUAGES).join(', ')}, received ${language}`,
    );
  const clean = find('clean');
  const source = clean ?? need('source');
  const code = clean ?? cleanCode(await loadLanguage(language), source);
  const doc = find('doc');
  const name = find('name') ?? '';
  return {
    id,
    repository: find('repository') ?? '',
    path: find('path') ?? '',
    language,
    kind: 'function',
    name: name.slice(name.lastIndexOf('.') + 1),
    qualifiedName: name,
    signature: code.split('\n', 1)[0]!,
    parameters: [],
    startByte: 0,
    endByte: Buffer.byteLength(source),
    startLine: 1,
    endLine: source.split('\n').length,
    source,
    code,
    doc,
    summary: doc === null ? null : summarizeDoc(doc),
    callers: [],
    callees: [],
  };
};

export interface ImportKind {
  readonly options: ImportOptions;
  readonly how: null;
  readonly summary: ExtractSummary;
}

/** A JSONL file of functions in, the same functions out as if they had been found in repositories. */
export const importShard: ShardFunction<ImportKind> = async ({ task, output, progress }) => {
  const { name, path } = task.options;
  const parts = new PartWriter<CodeFunction>(
    'parquet',
    ({ source }) => source.length,
    (part, rows) => writeParquet(output(part), functionColumns, toFunctionColumns(rows)),
  );
  let line = 0;
  for await (const row of readJsonLines<Row>(path)) {
    line++;
    const place = `${path}: row ${line}`;
    if (typeof row !== 'object' || row === null || Array.isArray(row))
      throw new TypeError(`${place}: expected an object, received ${JSON.stringify(row)}`);
    const id = createHash('sha256').update(`${name}\0${line}`).digest('hex').slice(0, 16);
    await parts.add(await readFunction(place, row, id));
    if (line % 1000 === 0) progress(0, 0, `${name}: ${line} functions`);
  }
  const functions = await parts.finish();
  const summary: ExtractSummary = {
    name,
    files: 1,
    functions,
    callEdges: 0,
    leftOutByReason: {},
    leftOutOfSearch: {},
  };
  return { rows: functions, summary };
};
