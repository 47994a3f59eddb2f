import { explainEvidence } from './explain-evidence.js';
import type { IndexedFunction } from './index-format.js';
import type { SearchHit } from './search-index.js';

/** Of code and prose, a token has about as many characters. */
const CHARACTERS_A_TOKEN = 3.5;
/** What the last line of a cut answer takes. */
const RESERVE = 120;

const placeOf = ({ repository, path, startLine, endLine }: IndexedFunction): string =>
  `${repository}/${path}:${startLine}-${endLine}`;

const fence = (fn: IndexedFunction): string => `\`\`\`${fn.language}\n${fn.source}\n\`\`\``;

/** Joins parts as long as they fit a budget of tokens; the first that does not is given in its short form, if that fits. */
const withinBudget = (
  parts: readonly { readonly full: string; readonly short: string }[],
  tokens: number,
): string => {
  let left = tokens * CHARACTERS_A_TOKEN - RESERVE;
  const taken: string[] = [];
  let shortened = 0;
  for (const { full, short } of parts) {
    const text = full.length + 2 <= left ? full : short;
    if (text.length + 2 > left) break;
    if (text !== full) shortened++;
    taken.push(text);
    left -= text.length + 2;
  }
  const missing = parts.length - taken.length;
  const notes = [
    ...(shortened > 0 ? [`${shortened} without code`] : []),
    ...(missing > 0 ? [`${missing} left out`] : []),
  ];
  return [
    ...taken,
    ...(notes.length > 0 ? [`(to keep within ${tokens} tokens: ${notes.join(', ')})`] : []),
  ].join('\n\n');
};

/** Answers of a search as text: place, summary, why, and the code as far as the budget goes. */
export const hitsAsText = (hits: readonly SearchHit[], tokens: number): string => {
  if (hits.length === 0) return 'Nothing found: no word of the question is known here.';
  return withinBudget(
    hits.map(({ fn, evidence, changed }, i) => {
      const head = [
        `${i + 1}. ${fn.qualifiedName} (${fn.role}) ${placeOf(fn)} [id ${fn.id}]`,
        ...(changed === true ? ['   the file has changed since it was indexed: lines may be off'] : []),
        ...(fn.summary === null ? [] : [`   ${fn.summary.replace(/\s+/g, ' ').slice(0, 200)}`]),
        ...(fn.duplicates.length === 0
          ? []
          : [
              `   also at ${fn.duplicates.map((at) => `${at.repository}/${at.path}:${at.startLine}`).join(', ')}`,
            ]),
        `   ${explainEvidence(evidence)}`,
      ].join('\n');
      return { full: `${head}\n${fence(fn)}`, short: head };
    }),
    tokens,
  );
};

/** The entries of a file as text, one line each, nested by their names. */
export const outlineAsText = (entries: readonly IndexedFunction[], path: string, tokens: number): string => {
  if (entries.length === 0) return `No file ${path} is in the index.`;
  const lines = entries.map((fn) => {
    const text = `${String(fn.startLine).padStart(5)}-${fn.endLine}  ${fn.role === 'text' ? '(other code)' : fn.signature}`;
    return { full: text, short: text };
  });
  return withinBudget(lines, tokens).replaceAll('\n\n', '\n');
};
