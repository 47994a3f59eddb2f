import { readFileSync } from 'node:fs';
import { subtokens } from 'oasis-embed/syntax';
import { entryText } from '../../../examples/oasis-full/search/entries/entry-text.js';
import type { RetrievalSet } from '../real-models/retrieval-sets.js';

/** A row of the file that collect.ts writes. */
export interface GeneralFunction {
  readonly repository: string;
  readonly path: string;
  readonly role: 'function' | 'type';
  readonly name: string;
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
    'prosemirror-model rxjs com.squareup.okio-okio-jvm com.twitter-algebird-core_2.13 ' +
    'react-native-vision-camera expo-video com.cysharp.unitask dbus-sharp'
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

/** The doc in one line without its summary; null where the two do not fit. */
const flatRest = ({ doc, summary }: GeneralFunction): string | null => {
  const flat = doc.replace(/\s+/g, ' ').trim();
  return flat.startsWith(summary.slice(0, 20)) ? flat.slice(summary.length).replace(/^[ .:]+/, '') : null;
};

/** What the author says beyond the summary, up to parameters and examples: a question in other words. */
const restOfDoc = (fn: GeneralFunction): string | null => {
  const whole = flatRest(fn) ?? '';
  const rest = whole
    .split(/(?<=[.!?])\s|:param|@param|@return|Parameters|Args:|Returns|Example|\{@|---|>>>/)[0]!
    .trim();
  const words = rest.split(' ').length;
  return words >= 5 && words <= 40 ? rest : null;
};

/** As an index reads an entry, without what a question was made of. */
const withDoc = (fn: GeneralFunction, doc: string | null): string => entryText({ ...fn, doc });

/** `readLine` as people type it who do not know how it is spelled. */
const inWords = (name: string): string => subtokens(name).join(' ');

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

/** As much of a text as the teacher reads: the beginning says most, and long texts take it many times as long. */
const beginning = (text: string): string =>
  text.length <= 120 ? text : text.slice(0, text.lastIndexOf(' ', 120));

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
      sources.push(beginning(source));
    }
    return place;
  };
  return { texts, sources, add };
};

/** Members of types by the type that they are of, each once. */
const membersOf = (functions: readonly GeneralFunction[]): ((type: GeneralFunction) => GeneralFunction[]) => {
  const keyOf = ({ repository, path }: GeneralFunction, name: string) => `${repository}\0${path}\0${name}`;
  const members = new Map<string, GeneralFunction[]>();
  for (const fn of functions) {
    const cut = Math.max(fn.qualifiedName.lastIndexOf('.'), fn.qualifiedName.lastIndexOf('::'));
    if (fn.role !== 'function' || cut < 0) continue;
    const key = keyOf(fn, fn.qualifiedName.slice(0, cut));
    members.set(key, [...(members.get(key) ?? []), fn]);
  }
  return (type) => members.get(keyOf(type, type.qualifiedName)) ?? [];
};

/**
 * Pairs of questions and what answers them, in the forms in which an index meets them: summaries, some as people ask, with
 * the code or with the entry that has lost its summary; the rest of a doc with the entry that has lost that; names with
 * entries; and what is said of a type with a member of it, for people ask where things are. The sources are what the teacher
 * reads: of a document, and of a name, the summary, which it understands better than code.
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
  const members = membersOf(functions);
  functions.forEach((fn, i) => {
    const { summary, name, qualifiedName, doc } = fn;
    const onlyCode = fn.role === 'function' && i % 2 === 0;
    add(asked(summary, fn.language, i), summary, onlyCode ? fn.code : withDoc(fn, flatRest(fn)), fn);
    const rest = restOfDoc(fn);
    if (rest !== null) add(rest, rest, withDoc(fn, summary), fn);
    if (fn.role === 'type') {
      add(i % 4 === 0 ? inWords(name) : name, summary, withDoc(fn, doc), fn);
      const own = members(fn);
      if (own.length > 0) add(name, summary, withDoc(own[0]!, own[0]!.doc), own[0]!);
      if (own.length > 1) add(`how ${summary}`, summary, withDoc(own[1]!, own[1]!.doc), own[1]!);
    } else if (i % 3 === 0) {
      add([name, qualifiedName, inWords(name)][(i / 3) % 3]!, summary, withDoc(fn, doc), fn);
    }
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

/** By language, as people ask, entries by what docs say and by name, and what training stops by. */
export const validationSets = (entries: readonly GeneralFunction[]): Map<string, RetrievalSet> => {
  const sets = new Map<string, RetrievalSet>();
  const functions = entries.filter(({ role }) => role === 'function');
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
  const rests = entries.flatMap((fn, document) => {
    const query = restOfDoc(fn);
    return query === null ? [] : [{ query, document }];
  });
  sets.set(
    'rest',
    setOf(
      rests,
      entries.map((fn) => withDoc(fn, fn.summary)),
    ),
  );
  sets.set(
    'summary',
    setOf(
      entries.map(({ summary }, document) => ({ query: summary, document })),
      entries.map((fn) => withDoc(fn, flatRest(fn))),
    ),
  );
  const whole = entries.map((fn) => withDoc(fn, fn.doc));
  for (const role of ['function', 'type'] as const)
    sets.set(
      `name/${role}`,
      setOf(
        entries.flatMap((fn, document) => (fn.role === role ? [{ query: fn.name, document }] : [])),
        whole,
      ),
    );
  const some = entries.filter((_, i) => i % 2 === 0);
  sets.set(
    'validation',
    setOf(
      some.map((fn, document) => ({ query: document % 4 === 0 ? fn.name : fn.summary, document })),
      some.map((fn, i) =>
        i % 4 === 0
          ? withDoc(fn, fn.doc)
          : i % 4 === 1 || fn.role === 'type'
            ? withDoc(fn, flatRest(fn))
            : fn.code,
      ),
    ),
  );
  return sets;
};
