import { checkOptions, type OptionNames } from '../numerics/index.js';
import type { LanguageId } from '../syntax/index.js';
import {
  ANALYZE_REPOSITORY_OPTIONS,
  type AnalysisSettings,
  type AnalyzeRepositoryOptions,
  analysisSettings,
} from './analysis-options.js';
import { RepositoryIndex } from './calls/repository-index.js';
import { callsBetweenUnits, resolveFile } from './calls/resolve-calls.js';
import type { CallFacts, IndexedFile } from './calls/target.js';
import { type DescribedFile, describeFiles, type ReadingSummary } from './describe-files.js';
import type { FunctionDraft } from './describe-functions.js';
import type { CodeFunction } from './extraction/code-function.js';
import { type DropReason, filterFunctions } from './filters/filter-functions.js';
import { type OpenedRepository, openRepository } from './open-repository.js';
import type { CallEdge, RepositorySummary } from './repository-analysis.js';
import { CallTable, UnitNames } from './streaming/call-table.js';
import { IntegerList } from './streaming/integer-list.js';
import { SharedFacts, withoutTexts } from './streaming/shared-facts.js';
import { WaitingRecords } from './streaming/waiting-records.js';

/** Options of {@link streamRepository}: those of {@link analyzeRepository}, and where its counts go. */
export interface StreamRepositoryOptions extends AnalyzeRepositoryOptions {
  /** Called once, after the last file: what was counted and left out. */
  readonly onSummary?: (summary: RepositorySummary) => void;
}

/** One file that was read, with what was found in it. */
export interface RepositoryFile {
  /** Relative to the repository's root, with `/` on every platform. */
  readonly path: string;
  readonly language: LanguageId;
  /** As its functions have it: {@link CodeFunction.license}. */
  readonly license: string | null;
  /** By place in the file. */
  readonly functions: readonly CodeFunction[];
  /** The calls whose callers are in this file, functions that `filters` drop included. */
  readonly calls: readonly CallEdge[];
}

const STREAM_REPOSITORY_OPTIONS: OptionNames<StreamRepositoryOptions> = {
  ...ANALYZE_REPOSITORY_OPTIONS,
  onSummary: true,
};

/**
 * Reads a repository of any size, one file after another: what {@link analyzeRepository} finds, in its order and to the
 * byte, in memory that hardly grows with the repository.
 *
 * Who calls a function is known once every file is read. Until then functions wait on disk, in a temporary file of about
 * the size of the sources that vanishes with the process (in `TMPDIR`); memory holds what calls are resolved by, such as
 * names and imports. With `resolveCalls: false` nothing waits: a file is handed out as soon as it is read.
 *
 * Ending the loop early, by `break` or an error, lets go of everything. A `cache` spares parsing; where calls went is not
 * kept.
 *
 * @param root A folder or a bare Git repository.
 * @returns The files that were read, by path, those without functions too.
 * @throws As {@link analyzeRepository} does, when the first file is asked for.
 *
 * Time that of `analyzeRepository` and one writing and reading of the functions' texts; memory O(functions) without their
 * texts, plus one file's tree at a time per thread.
 *
 * @example
 * ```ts
 * import { mkdtemp, writeFile } from 'node:fs/promises';
 * import { tmpdir } from 'node:os';
 * import { join } from 'node:path';
 * import { streamRepository } from 'oasis-embed/corpus';
 *
 * const root = await mkdtemp(join(tmpdir(), 'repository-'));
 * await writeFile(join(root, 'a.js'), "import { add } from './b.js';\nexport const next = (n) => add(n, 1);");
 * await writeFile(join(root, 'b.js'), 'export const add = (a, b) => a + b;');
 * const found = [];
 * for await (const { path, functions } of streamRepository(root))
 *   for (const { name, callers } of functions) found.push([path, name, callers.length]);
 * found; // [['a.js', 'next', 0], ['b.js', 'add', 1]]
 * ```
 */
export async function* streamRepository(
  root: string,
  options: StreamRepositoryOptions = {},
): AsyncGenerator<RepositoryFile, void, undefined> {
  checkOptions('streamRepository', options, STREAM_REPOSITORY_OPTIONS);
  const { onSummary, ...rest } = options;
  const settings = analysisSettings(rest);
  const opened = await openRepository(root, settings);
  const dropped: Partial<Record<DropReason, number>> = {};
  const keep = (functions: readonly FunctionDraft[]): readonly FunctionDraft[] => {
    if (settings.filters === undefined) return functions;
    const { kept, droppedByReason } = filterFunctions(functions, settings.filters);
    for (const [reason, count] of Object.entries(droppedByReason))
      dropped[reason as DropReason] = (dropped[reason as DropReason] ?? 0) + count;
    return kept as readonly FunctionDraft[];
  };
  const summary = settings.resolveCalls
    ? yield* linkedFiles(opened, settings, keep)
    : yield* plainFiles(opened, settings, keep);
  onSummary?.({ ...summary, droppedByReason: dropped });
}

type Keep = (functions: readonly FunctionDraft[]) => readonly FunctionDraft[];

async function* plainFiles(
  opened: OpenedRepository,
  settings: AnalysisSettings,
  keep: Keep,
): AsyncGenerator<RepositoryFile, ReadingSummary> {
  const files = describeFiles(opened, settings);
  try {
    for (;;) {
      const { done, value } = await files.next();
      if (done === true) return value;
      const { path, language, license, functions } = value;
      yield { path, language, license, functions: keep(functions), calls: [] };
    }
  } finally {
    await files.return(undefined as never);
  }
}

/** A file whose own facts come and go. */
interface WaitingFile extends IndexedFile {
  facts: CallFacts;
  readonly firstUnit: number;
}

/** What waits of a file until calls are known: the functions kept, and which of its units they are. */
interface WaitingFunctions extends Pick<DescribedFile, 'path' | 'language' | 'license'> {
  readonly functions: readonly FunctionDraft[];
  readonly units: readonly number[];
}

async function* linkedFiles(
  opened: OpenedRepository,
  settings: AnalysisSettings,
  keep: Keep,
): AsyncGenerator<RepositoryFile, ReadingSummary> {
  const facts = new WaitingRecords<CallFacts>();
  const waiting = new WaitingRecords<WaitingFunctions>();
  try {
    const files: WaitingFile[] = [];
    const units = new UnitNames();
    /** The unit that each function belongs to, by their numbers in the repository. */
    const unitOf = new IntegerList();
    const shared = new SharedFacts();
    const summary = await readAll(opened, settings, (file) => {
      const { path, language, license, definition, functions } = file;
      const firstUnit = units.length;
      files.push({ path, definition, facts: shared.of(file.facts), offset: unitOf.length, firstUnit });
      for (const { unit } of file.facts.functions) unitOf.push(firstUnit + unit);
      for (const found of functions) units.add(found, shared.text(found.name));
      facts.add(withoutTexts(file.facts));
      const kept = keep(functions);
      const numbers = new Map(functions.map((found, number) => [found, number]));
      waiting.add({
        path,
        language,
        license,
        functions: kept,
        units: kept.map((found) => numbers.get(found)!),
      });
    });
    const calls = new CallTable(units);
    const callsFrom = resolveAll(files, facts, unitOf, calls, opened, settings);
    for (const [number, { firstUnit }] of files.entries()) {
      settings.signal?.throwIfAborted();
      const { functions, units: numbers, ...file } = waiting.get(number);
      const [from, to] = [callsFrom.at(number), callsFrom.at(number + 1)];
      const callees = calls.callees(from, to);
      const linked = functions.map((found, at): CodeFunction => {
        const unit = firstUnit + numbers[at]!;
        return { ...found, callers: calls.callers(unit), callees: callees.get(unit) ?? [] };
      });
      yield { ...file, functions: linked, calls: calls.edges(from, to) };
    }
    return summary;
  } finally {
    facts.close();
    waiting.close();
  }
}

/** Reads all files and hands out none. */
const readAll = async (
  opened: OpenedRepository,
  settings: AnalysisSettings,
  use: (file: DescribedFile) => void,
): Promise<ReadingSummary> => {
  const files = describeFiles(opened, settings);
  try {
    for (;;) {
      const { done, value } = await files.next();
      if (done === true) return value;
      use(value);
    }
  } finally {
    await files.return(undefined as never);
  }
};

/** Resolves the calls of one file after another, and says where those of each begin. */
const resolveAll = (
  files: readonly WaitingFile[],
  facts: WaitingRecords<CallFacts>,
  unitOf: IntegerList,
  calls: CallTable,
  { list }: OpenedRepository,
  { signal }: AnalysisSettings,
): IntegerList => {
  const index = new RepositoryIndex(files, list);
  const starts = new IntegerList();
  for (const [number, file] of files.entries()) {
    signal?.throwIfAborted();
    starts.push(calls.length);
    const shared = file.facts;
    file.facts = facts.get(number);
    const sites = resolveFile(index, file);
    file.facts = shared;
    const callerOf = ({ unit }: { readonly unit: number }) => (unit < 0 ? -1 : file.firstUnit + unit);
    for (const call of callsBetweenUnits(sites, callerOf, (callee) => unitOf.at(callee))) calls.add(call);
  }
  starts.push(calls.length);
  calls.finish();
  return starts;
};
