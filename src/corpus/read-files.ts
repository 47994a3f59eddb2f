import { createHash } from 'node:crypto';
import { grammarVersion, headerLanguage, LANGUAGES, type LanguageId } from '../syntax/index.js';
import type { AnalysisSettings } from './analysis-options.js';
import type { AnalysisCache } from './extraction/analysis-cache.js';
import type { AnalyzedFile, FileTask } from './extraction/analyze-file.js';
import { startExtractionWorkers } from './extraction/extraction-workers.js';
import { type FileAnalyzer, localAnalyzer } from './extraction/file-analyzer.js';
import { compiledCopies } from './sources/compiled-copies.js';
import type { ListedFile } from './sources/list-files.js';
import { decodeSource } from './sources/read-source.js';
import type { RepositorySource } from './sources/repository-source.js';
import type { UnreadLanguage } from './sources/unread-languages.js';

/**
 * The files whose grammars are installed, and the languages of the others.
 *
 * @throws If a language that was asked for, or every language there is, lacks its grammar.
 */
export const readableFiles = async (
  files: readonly ListedFile[],
  asked: readonly LanguageId[] | undefined,
): Promise<{ readonly files: readonly ListedFile[]; readonly missing: readonly UnreadLanguage[] }> => {
  const counts = new Map<LanguageId, number>();
  for (const { language } of files) counts.set(language, (counts.get(language) ?? 0) + 1);
  const missing = new Map<LanguageId, UnreadLanguage>();
  let failure: unknown;
  for (const [language, count] of counts) {
    try {
      await grammarVersion(language);
    } catch (error) {
      if (asked?.includes(language)) throw error;
      failure = error;
      missing.set(language, { language, files: count, package: LANGUAGES[language].grammar.package });
    }
  }
  if (missing.size > 0 && missing.size === counts.size) throw failure;
  if (missing.size === 0) return { files, missing: [] };
  return { files: files.filter(({ language }) => !missing.has(language)), missing: [...missing.values()] };
};

/** A file as read. */
export interface ReadFile {
  readonly listed: ListedFile;
  readonly file: AnalyzedFile;
  readonly size: number;
  /** Commits to all that was read of the file; null without a cache. */
  readonly key: string | null;
}

/** The files in their order, whichever thread is done first; what the cache knows is not parsed again. */
export async function* readFiles(
  source: RepositorySource,
  files: readonly ListedFile[],
  options: AnalysisSettings,
): AsyncGenerator<ReadFile> {
  const { cache, keepGenerated, maxFileBytes, granularity, workers } = options;
  const copies = keepGenerated ? new Set<string>() : compiledCopies(files);
  const threads = Math.min(workers, files.length);
  const analyzer = (threads > 0 ? await startExtractionWorkers(threads) : null) ?? localAnalyzer();
  const readsCpp = grammarVersion('cpp').then(
    () => true,
    () => false,
  );
  const read = async (found: ListedFile): Promise<ReadFile> => {
    let listed = found;
    const { path } = listed;
    if (copies.has(path)) return { listed, file: 'compiled-copy', size: 0, key: null };
    const bytes = await source.read(path, maxFileBytes);
    if (typeof bytes === 'string') return { listed, file: bytes, size: 0, key: null };
    if (listed.language === 'c' && /\.h$/i.test(path) && (await readsCpp)) {
      const text = decodeSource(bytes)?.text ?? '';
      listed = { path, language: headerLanguage(text) };
    }
    const task: FileTask = { path, language: listed.language, granularity, keepGenerated };
    const size = bytes.length;
    if (cache === undefined) return { listed, file: await analyzer.analyze(bytes, task), size, key: null };
    const key = await keyOf(bytes, task);
    return { listed, file: await cached(cache, key, analyzer, bytes, task), size, key };
  };
  try {
    const asked: Promise<ReadFile>[] = [];
    let next = 0;
    for (;;) {
      while (next < files.length && asked.length < analyzer.ahead) {
        options.signal?.throwIfAborted();
        const answer = read(files[next++]!);
        // Whoever awaits it sees the failure; one nobody awaits any more may fail in silence.
        answer.catch(() => {});
        asked.push(answer);
      }
      const answer = asked.shift();
      if (answer === undefined) return;
      yield await answer;
    }
  } finally {
    await analyzer.close();
  }
}

const keyOf = async (
  bytes: Uint8Array,
  { path, language, granularity, keepGenerated }: FileTask,
): Promise<string> => {
  const settings = [path, language, granularity, keepGenerated, await grammarVersion(language)].join('\0');
  return createHash('sha256').update(`${settings}\0`).update(bytes).digest('base64');
};

const cached = async (
  cache: AnalysisCache,
  key: string,
  analyzer: FileAnalyzer,
  bytes: Uint8Array,
  task: FileTask,
): Promise<AnalyzedFile> => {
  const known = cache.get(key, bytes.length);
  if (typeof known === 'string') return known;
  if (known !== undefined) {
    const source = decodeSource(bytes);
    return source === null ? 'binary' : { reading: known, text: source.text };
  }
  const file = await analyzer.analyze(bytes, task);
  await cache.set(key, bytes.length, typeof file === 'string' ? file : file.reading);
  return file;
};
