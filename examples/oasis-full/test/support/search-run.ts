import { mkdirSync } from 'node:fs';
import { encodeTexts, SubtokenBagEncoder } from 'oasis-embed/encoders';
import { selectBackend } from 'oasis-embed/training';
import type { SearchEntry } from '../../search/entries/search-entry.js';
import { modelFingerprint } from '../../search/index-format.js';
import { createIndexWriter } from '../../search/index-writer.js';
import { createRunFolder } from '../../store/run-folder.js';

export type FunctionDraft = Partial<SearchEntry> & Pick<SearchEntry, 'qualifiedName' | 'source'>;

/** Functions with whatever a test leaves out filled in. */
export const drafted = (drafts: readonly FunctionDraft[]): SearchEntry[] =>
  drafts.map((draft, i) => ({
    id: `f${i}`,
    repository: 'sample',
    path: `src/file-${i}.js`,
    startLine: 10 * i + 1,
    endLine: 10 * i + draft.source.split('\n').length,
    language: 'javascript',
    signature: draft.source.split('{')[0]!.trim(),
    summary: null,
    role: 'function',
    name: draft.qualifiedName.split('.').at(-1)!,
    code: draft.source,
    doc: draft.summary ?? null,
    ...draft,
  }));

/** A run folder with a model and an index of these functions: what `search` and `serve` open. */
export const writeSearchRun = async (
  root: string,
  functions: readonly SearchEntry[],
  { roots = new Map(), dimensions = 64 }: { roots?: ReadonlyMap<string, string>; dimensions?: number } = {},
): Promise<void> => {
  await selectBackend('cpu');
  const folder = createRunFolder(root);
  mkdirSync(root, { recursive: true });
  const documents = functions.map((fn) => fn.source);
  const queries = functions.flatMap((fn) => fn.summary ?? []);
  const encoder = SubtokenBagEncoder.fit({ queries, documents }, { dimensions });
  await encoder.save(folder.path('model'));
  const writer = await createIndexWriter(folder, {
    dimensions,
    model: modelFingerprint(folder.path('model')),
    roots,
  });
  await writer.add(
    functions.map((entry) => ({ entry, duplicates: [] })),
    (await encodeTexts(encoder, documents, 'document')).data,
  );
  await writer.finish();
  encoder.dispose();
};
