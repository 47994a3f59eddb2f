import { readFileSync } from 'node:fs';
import type { RetrievalSet } from '../real-models/retrieval-sets.js';

/** A row of the file that collect.ts writes. */
export interface GeneralFunction {
  readonly repository: string;
  readonly qualifiedName: string;
  readonly language: string;
  readonly doc: string;
  readonly summary: string;
  readonly code: string;
}

/** Whole packages that choices are made on: some of every language. */
const VALIDATION = new Set(
  (
    'libevent re2 poco github.com-spf13-viper golang.org-x-net commons-io-commons-io joda-time-joda-time leaflet knex ' +
    'php-doctrine-dbal marshmallow arrow Fabric celery nltk openpyxl tornado kombu ruby-faraday yard itertools regex ' +
    'prosemirror-model rxjs'
  ).split(' '),
);

/** The functions to train on and those of the packages held out. */
export const readGeneralFunctions = (path: string) => {
  const all = readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as GeneralFunction);
  return {
    training: all.filter(({ repository }) => !VALIDATION.has(repository)),
    validation: all.filter(({ repository }) => VALIDATION.has(repository)),
  };
};

/** What the author says beyond the summary, up to parameters and examples: a question in other words. */
const restOfDoc = ({ doc, summary }: GeneralFunction): string | null => {
  const flat = doc.replace(/\s+/g, ' ').trim();
  if (!flat.startsWith(summary.slice(0, 20))) return null;
  const rest = flat
    .slice(summary.length)
    .replace(/^[ .:]+/, '')
    .split(/(?<=[.!?])\s|:param|@param|@return|Parameters|Args:|Returns|Example|\{@|---|>>>/)[0]!
    .trim();
  const words = rest.split(' ').length;
  return words >= 5 && words <= 40 ? rest : null;
};

/** As an index reads an entry. */
const entryText = ({ summary, qualifiedName, code }: GeneralFunction): string =>
  `${summary}\n${qualifiedName}\n${code}`;

const SPOKEN: Readonly<Record<string, string>> = { go: 'golang', cpp: 'c++', csharp: 'c#' };

/** People name the language that they ask about, and say "how to": some questions should, so that neither word decides. */
const asked = (summary: string, language: string, turn: number): string => {
  const spoken = SPOKEN[language] ?? language;
  const start = summary.charAt(0).toLowerCase() + summary.slice(1).replace(/\.$/, '');
  return [
    summary,
    summary,
    `${spoken} ${start}`,
    summary,
    `how to ${start} in ${spoken}`,
    `${start} ${spoken}`,
    summary,
    `${spoken} how to ${start}`,
  ][turn % 8]!;
};

/** Distinct texts in the order they came. */
const newTexts = () => {
  const texts: string[] = [];
  const sources: string[] = [];
  const places = new Map<string, number>();
  const add = (text: string, source: string): number => {
    let place = places.get(text);
    if (place === undefined) {
      place = texts.length;
      places.set(text, place);
      texts.push(text);
      sources.push(source);
    }
    return place;
  };
  return { texts, sources, add };
};

/**
 * Two kinds of pairs: a summary, some of them asked as people ask, with the code; and the rest of a doc with the summary,
 * name and code. The sources are what the teacher reads: of a document the summary, which it understands better than code.
 */
export const trainingTexts = (functions: readonly GeneralFunction[]) => {
  const queries = newTexts();
  const documents = newTexts();
  const positives: [number, number][] = [];
  const sampled: { id: string; repository: string; content: string }[] = [];
  const add = (query: string, source: string, document: string, { repository, summary }: GeneralFunction) => {
    const q = queries.add(query, source);
    const d = documents.add(document, summary);
    sampled.push({ id: `${positives.length}`, repository, content: `${d}` });
    positives.push([q, d]);
  };
  functions.forEach((fn, i) => {
    add(asked(fn.summary, fn.language, i), fn.summary, fn.code, fn);
    const rest = restOfDoc(fn);
    if (rest !== null) add(rest, rest, entryText(fn), fn);
  });
  return {
    queries: queries.texts,
    querySources: queries.sources,
    documents: documents.texts,
    documentSources: documents.sources,
    positives,
    sampled,
  };
};

const setOf = (
  rows: readonly { readonly query: string; readonly document: number }[],
  documents: readonly string[],
): RetrievalSet => {
  const { texts, add } = newTexts();
  const query = Uint32Array.from(rows, (row) => add(row.query, ''));
  return {
    queries: texts,
    documents,
    relevant: { query, document: Uint32Array.from(rows, (row) => row.document) },
  };
};

/** By language, as people ask, the rest of docs, and what training stops by. */
export const validationSets = (functions: readonly GeneralFunction[]): Map<string, RetrievalSet> => {
  const sets = new Map<string, RetrievalSet>();
  const codes = (some: readonly GeneralFunction[], ask: (fn: GeneralFunction) => string) =>
    setOf(
      some.map((fn, document) => ({ query: ask(fn), document })),
      some.map(({ code }) => code),
    );
  for (const language of [...new Set(functions.map((fn) => fn.language))].sort())
    sets.set(
      `code/${language}`,
      codes(
        functions.filter((fn) => fn.language === language),
        ({ summary }) => summary,
      ),
    );
  sets.set(
    'asked',
    codes(
      functions.filter(({ language }) => language === 'python'),
      ({ summary }) => `python how to ${summary}`,
    ),
  );
  const rests = functions.flatMap((fn, document) => {
    const query = restOfDoc(fn);
    return query === null ? [] : [{ query, document }];
  });
  sets.set('rest', setOf(rests, functions.map(entryText)));
  sets.set(
    'validation',
    codes(
      functions.filter((_, i) => i % 3 === 0),
      ({ summary }) => summary,
    ),
  );
  return sets;
};
