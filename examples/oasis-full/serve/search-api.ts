import { codeTokens, dedentCode, languageName } from 'oasis-embed/report';
import type { SearchMode, SearchUnit } from 'oasis-embed/retrieval';
import { hitRecord, type SearchHit, type SearchIndex, SearchInputError } from '../search/search-index.js';

/** Results a request may ask for. */
const TOP_LIMIT = 100;
const DEFAULT_TOP = 20;
/** What is colored and sent of one function; longer ones are read in their file. */
const LINE_LIMIT = 400;
const CHARACTER_LIMIT = 40_000;

/** `[text, kind]`, or `[text]` for plain text. */
type SentToken = readonly [string, string?];

/** A result as the page is sent it: as from the terminal, its source cut into tokens. */
const sentHit = (hit: SearchHit) => {
  const { source, ...record } = hitRecord(hit);
  const lines = dedentCode(source).split('\n');
  const shown = lines.slice(0, LINE_LIMIT).join('\n').slice(0, CHARACTER_LIMIT);
  const tokens = codeTokens(shown, hit.fn.language).map(
    ({ text, kind }): SentToken => (kind === undefined ? [text] : [text, kind]),
  );
  // A type is shown without the bodies of its members: its lines do not follow one another.
  const isWhole = lines.length === hit.fn.endLine - hit.fn.startLine + 1;
  return { ...record, lines: lines.length, isWhole, tokens };
};

const topOf = (text: string | null): number => {
  if (text === null) return DEFAULT_TOP;
  const top = Number(text);
  if (!(Number.isInteger(top) && top >= 1 && top <= TOP_LIMIT)) {
    throw new SearchInputError(
      `top must be a whole number from 1 to ${TOP_LIMIT}, received ${text.slice(0, 40)}`,
    );
  }
  return top;
};

/** `/api/search?q=…&repository=…&language=…&mode=…&by=…&top=…`. */
export const answerSearch = async (index: SearchIndex, parameters: URLSearchParams) => {
  const started = performance.now();
  const question = parameters.get('q') ?? '';
  const repository = parameters.get('repository');
  const language = parameters.get('language');
  const mode = parameters.get('mode');
  const by = parameters.get('by');
  const hits = await index.search(question, {
    top: topOf(parameters.get('top')),
    // An empty choice in a form is no choice.
    ...(repository ? { repository } : {}),
    ...(language ? { language } : {}),
    // The index says which modes there are.
    ...(mode ? { mode: mode as SearchMode } : {}),
    ...(by ? { by: by as SearchUnit } : {}),
  });
  return { question, hits: hits.map(sentHit), milliseconds: performance.now() - started };
};

/** `/api/related?id=…&top=…`: the entries most like one of an answer. */
export const answerRelated = async (index: SearchIndex, parameters: URLSearchParams) => {
  const started = performance.now();
  const id = parameters.get('id') ?? '';
  const hits = await index.related(id, { top: topOf(parameters.get('top')) });
  return { id, hits: hits.map(sentHit), milliseconds: performance.now() - started };
};

/** `/api/index`: what can be asked for, and a few questions to begin with. */
export const describeIndex = async (index: SearchIndex) => ({
  entries: index.size,
  functions: index.functionCount,
  dimensions: index.dimensions,
  encoder: index.encoder,
  repositories: index.repositories,
  languages: index.languages.map((language) => ({ ...language, title: languageName(language.name) })),
  examples: await exampleQuestions(index),
});

const EXAMPLES = 4;
const LOOKED_AT = 200;

/** Summaries of functions from all over the index, short enough to be questions. */
const exampleQuestions = async (index: SearchIndex): Promise<string[]> => {
  const count = Math.min(LOOKED_AT, index.size);
  const rows = Array.from({ length: count }, (_, i) => Math.floor((i * index.size) / count));
  const questions = new Map<string, string>();
  for (const fn of await index.functions(rows)) {
    const words = fn.summary?.replace(/\s+/g, ' ').trim().replace(/\.$/, '') ?? '';
    const plain = /^[A-Z][A-Za-z ,'-]+$/.test(words) && words.length >= 24 && words.length <= 64;
    // One a repository, so that they tell something of what is there.
    if (plain && !questions.has(fn.repository)) questions.set(fn.repository, words);
  }
  const all = [...questions.values()];
  const step = all.length / Math.min(EXAMPLES, all.length || 1);
  return Array.from({ length: Math.min(EXAMPLES, all.length) }, (_, i) => all[Math.floor(i * step)]!);
};
