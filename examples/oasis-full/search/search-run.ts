import { relative } from 'node:path';
import type { SearchMode, SearchUnit } from 'oasis-embed/retrieval';
import type { ModelEngine } from '../options/model-engine.js';
import { describeLeftOut } from './describe-left-out.js';
import { explainEvidence } from './explain-evidence.js';
import { hitRecord, openSearchIndex, type SearchFilters } from './search-index.js';

export interface SearchCommand extends SearchFilters {
  readonly question: string;
  readonly run: string;
  readonly top: number;
  readonly json: boolean;
  readonly mode?: SearchMode;
  readonly by?: SearchUnit;
  /** What embeds the question where the model is a transformer. @defaultValue 'auto' */
  readonly engine?: ModelEngine;
}

const clip = (text: string, limit: number): string => {
  const line = text.replace(/\s+/g, ' ');
  return line.length > limit ? `${line.slice(0, limit - 1)}…` : line;
};

// A repository's text must not rewrite the terminal it is shown in.
const printable = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is being removed
  text.replace(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, '\ufffd');

/** Answers a question on standard output: the best entries, where they stand, and what their authors say. */
export const searchRun = async ({
  question,
  run,
  top,
  json,
  mode,
  by,
  engine,
  ...filters
}: SearchCommand): Promise<void> => {
  const index = await openSearchIndex(run, { engine });
  try {
    const started = performance.now();
    const hits = await index.search(question, {
      top,
      ...(mode === undefined ? {} : { mode }),
      ...(by === undefined ? {} : { by }),
      ...filters,
    });
    const milliseconds = performance.now() - started;
    if (json) {
      for (const hit of hits) console.log(JSON.stringify(hitRecord(hit)));
      return;
    }
    hits.forEach(({ evidence, fn, file, changed }, i) => {
      const place =
        file === null ? `${fn.repository}/${fn.path}` : relative(process.env.INIT_CWD ?? '', file);
      const kind = fn.role === 'function' ? '' : `  (${fn.role})`;
      console.log(printable(`${String(i + 1).padStart(2)}  ${fn.qualifiedName}${kind}`));
      const state =
        changed === true ? (file === null ? '  (gone since)' : '  (changed since it was indexed)') : '';
      console.log(printable(`    ${place}:${fn.startLine}${state}`));
      if (fn.summary !== null) console.log(printable(`    ${clip(fn.summary, 96)}`));
      if (fn.duplicates.length > 0) {
        const [{ repository, path, startLine }] = fn.duplicates as [(typeof fn.duplicates)[number]];
        const more = fn.duplicates.length === 1 ? '' : ` and ${fn.duplicates.length - 1} more`;
        console.log(printable(`    also at ${repository}/${path}:${startLine}${more}`));
      }
      console.log(printable(`    ${explainEvidence(evidence)}`));
    });
    if (hits.length === 0) {
      console.log(
        index.size === 0
          ? 'Nothing found: the index is empty, for no source code was found when it was made.'
          : 'Nothing found: no word of the question is known here, neither from the code nor to a model.',
      );
    }
    if (hits.some(({ changed }) => changed === true))
      console.log('\nUpdate the index: oasis-full index FOLDER');
    const on = index.engine === null ? '' : `, ${index.encoder} on ${index.engine.summary}`;
    const how = index.encoder === null ? ', by words alone' : '';
    console.log(
      `\n${index.size} ${index.size === 1 ? 'entry' : 'entries'}, ${milliseconds.toFixed(0)} ms${how}${on}`,
    );
    if (hits.length === 0 && Object.keys(index.leftOut).length > 0)
      console.log(`left out of the index: ${describeLeftOut(index.leftOut)}`);
  } finally {
    await index.close();
  }
};
