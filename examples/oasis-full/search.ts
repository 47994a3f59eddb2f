import { selectBackend } from 'oasis-embed/training';
import { openSearchIndex } from './search-index.js';

export interface SearchCommand {
  readonly question: string;
  readonly run: string;
  readonly top: number;
  readonly repository?: string;
  readonly json: boolean;
}

/** Answers a question on standard output: the best functions, where they stand, and what their authors say. */
export const searchRun = async ({ question, run, top, repository, json }: SearchCommand): Promise<void> => {
  if (question.trim() === '') throw new Error('question must not be empty');
  // One short text: the plain backend is ready before another has loaded.
  await selectBackend('cpu');
  const index = await openSearchIndex(run);
  const started = performance.now();
  const hits = await index.search(question, { top, ...(repository === undefined ? {} : { repository }) });
  const milliseconds = performance.now() - started;
  if (json) {
    for (const { score, fn } of hits) console.log(JSON.stringify({ score, ...fn }));
    return;
  }
  if (hits.length === 0) throw new Error(`no function of ${repository ?? 'the run'} is in the index`);
  hits.forEach(({ score, fn }, i) => {
    console.log(`${String(i + 1).padStart(2)}  ${score.toFixed(3)}  ${fn.qualifiedName}`);
    console.log(`           ${fn.repository}/${fn.path}:${fn.startLine}`);
    if (fn.summary !== null)
      console.log(`           ${fn.summary.length > 96 ? `${fn.summary.slice(0, 95)}…` : fn.summary}`);
  });
  console.log(`\n${index.size} functions, ${milliseconds.toFixed(0)} ms`);
};
