import {
  type DocParameter,
  type DocParts,
  type DocRaise,
  type DocReturn,
  indentOf,
  oneLine,
  typeAndOption,
} from './structured-doc.js';

type Role = 'parameters' | 'returns' | 'raises' | 'other';

const ROLES: readonly (readonly [RegExp, Role])[] = [
  [/^(args|arguments|parameters?|params|other parameters|keyword args|keyword arguments)$/i, 'parameters'],
  [/^(returns?|yields?)$/i, 'returns'],
  [/^(raises|raise|throws|exceptions?|except)$/i, 'raises'],
  [
    /^(attributes?|examples?|notes?|references?|see also|warnings?|warns|todo|receives|methods|usage|deprecated|side effects|important|tip|caution|danger|error|hint|attention)$/i,
    'other',
  ],
];

const roleOf = (title: string): Role | null =>
  ROLES.find(([pattern]) => pattern.test(title.trim()))?.[1] ?? null;

interface Section {
  readonly role: Role;
  readonly lines: string[];
}

/** Entries of a section: a line at its margin and those indented below it. */
const entriesOf = (lines: readonly string[]): { head: string; body: string }[] => {
  const filled = lines.filter((line) => line.trim() !== '');
  const margin = filled.length === 0 ? 0 : Math.min(...filled.map(indentOf));
  const entries: { head: string; body: string }[] = [];
  for (const line of lines) {
    const last = entries.at(-1);
    if (line.trim() === '') {
      if (last !== undefined) last.body += '\n';
    } else if (indentOf(line) <= margin) entries.push({ head: line.trim(), body: '' });
    else if (last !== undefined) last.body += `\n${line}`;
  }
  return entries;
};

const partsOf = (
  sections: readonly Section[],
  parameterOf: (head: string, body: string) => readonly DocParameter[],
  returnOf: (lines: readonly string[]) => DocReturn | null,
  raiseOf: (head: string, body: string) => DocRaise,
): DocParts => {
  const parameters: DocParameter[] = [];
  const raises: DocRaise[] = [];
  let returns: DocReturn | null = null;
  for (const { role, lines } of sections) {
    if (role === 'parameters')
      for (const { head, body } of entriesOf(lines)) parameters.push(...parameterOf(head, body));
    else if (role === 'raises')
      for (const { head, body } of entriesOf(lines)) raises.push(raiseOf(head, body));
    else if (role === 'returns') returns ??= returnOf(lines);
  }
  return { parameters, returns, raises };
};

/** A colon outside of brackets. */
const colonOf = (text: string): number => {
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const sign = text[at]!;
    if ('([{'.includes(sign)) depth++;
    else if (')]}'.includes(sign)) depth--;
    else if (sign === ':' && depth <= 0) return at;
  }
  return -1;
};

/**
 * Google's sections: a title with a colon, `name (type): text` below it.
 *
 * @see https://google.github.io/styleguide/pyguide.html#383-functions-and-methods
 */
export const googleParts = (doc: string): DocParts => {
  const sections: Section[] = [];
  let open: Section | null = null;
  let margin = 0;
  for (const line of doc.split('\n')) {
    const title = /^\s*([A-Za-z][A-Za-z ]*):\s*$/.exec(line)?.[1];
    const role = title === undefined ? null : roleOf(title);
    if (role !== null && (open === null || indentOf(line) <= margin)) {
      open = { role, lines: [] };
      margin = indentOf(line);
      sections.push(open);
    } else if (open !== null && line.trim() !== '' && indentOf(line) <= margin) open = null;
    else open?.lines.push(line);
  }
  return partsOf(
    sections,
    (head, body) => {
      const colon = colonOf(head);
      const before = colon < 0 ? head : head.slice(0, colon);
      const [, name, type] = /^(\*{0,2}[\w.]+)\s*(?:\((.*)\))?$/.exec(before.trim()) ?? [];
      if (name === undefined) return [];
      const description = oneLine(`${colon < 0 ? '' : head.slice(colon + 1)} ${body}`);
      const option = typeAndOption(type ?? '');
      return [{ name, ...option, description }];
    },
    (lines) => {
      const text = oneLine(lines.join(' '));
      if (text === '') return null;
      const first = lines.find((line) => line.trim() !== '')!.trim();
      const colon = colonOf(first);
      const hasType =
        colon > 0 &&
        /^[\w.[\], |*]+$/.test(first.slice(0, colon)) &&
        !/^(https?|note)$/i.test(first.slice(0, colon));
      return hasType
        ? { type: first.slice(0, colon).trim(), description: text.slice(text.indexOf(':') + 1).trim() }
        : { type: null, description: text };
    },
    (head, body) => {
      const colon = colonOf(head);
      return colon < 0
        ? { type: null, description: oneLine(`${head} ${body}`) }
        : { type: head.slice(0, colon).trim(), description: oneLine(`${head.slice(colon + 1)} ${body}`) };
    },
  );
};

/**
 * NumPy's sections: an underlined title, `name : type` with the text indented below.
 *
 * @see https://numpydoc.readthedocs.io/en/latest/format.html
 */
export const numpyParts = (doc: string): DocParts => {
  const lines = doc.split('\n');
  const sections: Section[] = [];
  let open: Section | null = null;
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at]!;
    if (/^\s*(-{3,}|={3,})\s*$/.test(lines[at + 1] ?? '') && line.trim() !== '') {
      open = { role: roleOf(line) ?? 'other', lines: [] };
      sections.push(open);
      at++;
    } else open?.lines.push(line);
  }
  return partsOf(
    sections,
    (head, body) => {
      const colon = head.search(/\s:(\s|$)|:$/);
      const names = (colon < 0 ? head : head.slice(0, colon)).trim();
      const option = typeAndOption(colon < 0 ? '' : head.slice(colon).replace(/^\s*:/, ''));
      if (!/^[\w*.,\s]+$/.test(names)) return [];
      return names.split(/\s*,\s*/).map((name) => ({ name, ...option, description: oneLine(body) }));
    },
    (section) => {
      const [first] = entriesOf(section);
      if (first === undefined) return null;
      const [, named] = /^[\w*]+\s+:\s*(.+)$/.exec(first.head) ?? [];
      return { type: named ?? first.head, description: oneLine(first.body) };
    },
    (head, body) => ({ type: head, description: oneLine(body) }),
  );
};
