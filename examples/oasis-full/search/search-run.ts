import { relative } from 'node:path';
import type { EngineRequest } from 'oasis-embed/training';
import { hitRecord, openSearchIndex, type SearchFilters } from './search-index.js';

export interface SearchCommand extends SearchFilters {
  readonly question: string;
  readonly run: string;
  readonly top: number;
  readonly json: boolean;
  /** What embeds the question where the model is a transformer. @defaultValue 'auto' */
  readonly engine?: EngineRequest;
}

const clip = (text: string, limit: number): string => {
  const line = text.replace(/\s+/g, ' ');
  return line.length > limit ? `${line.slice(0, limit - 1)}…` : line;
};

// A repository's text must not rewrite the terminal it is shown in.
const printable = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is being removed
  text.replace(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, '\ufffd');

/** Answers a question on standard output: the best functions, where they stand, and what their authors say. */
export const searchRun = async ({
  question,
  run,
  top,
  json,
  engine,
  ...filters
}: SearchCommand): Promise<void> => {
  const index = await openSearchIndex(run, { engine });
  try {
    const started = performance.now();
    const hits = await index.search(question, { top, ...filters });
    const milliseconds = performance.now() - started;
    if (json) {
      for (const hit of hits) console.log(JSON.stringify(hitRecord(hit)));
      return;
    }
    hits.forEach(({ score, fn, file }, i) => {
      const place =
        file === null ? `${fn.repository}/${fn.path}` : relative(process.env.INIT_CWD ?? '', file);
      console.log(printable(`${String(i + 1).padStart(2)}  ${score.toFixed(3)}  ${fn.qualifiedName}`));
      console.log(printable(`           ${place}:${fn.startLine}`));
      if (fn.summary !== null) console.log(printable(`           ${clip(fn.summary, 96)}`));
    });
    if (hits.length === 0)
      console.log('Nothing found: the question contains no word or number that the model can read.');
    const on = index.engine === null ? '' : `, ${index.encoder} on ${index.engine.summary}`;
    console.log(`\n${index.size} functions, ${milliseconds.toFixed(0)} ms${on}`);
  } finally {
    await index.close();
  }
};
