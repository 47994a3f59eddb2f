import { type DocParameter, type DocParts, type DocReturn, oneLine } from './structured-doc.js';

/** `(transfer full) (nullable):`, what gtk-doc notes for bindings. */
const ANNOTATIONS = /^((?:\([^()]*\)\s*)+):?\s*/;

const withoutAnnotations = (text: string): { notes: string; description: string } => {
  const notes = ANNOTATIONS.exec(text)?.[0] ?? '';
  return { notes, description: oneLine(text.slice(notes.length)) };
};

/**
 * gtk-doc and kernel-doc: `@name: text` for parameters, `Returns:` or `Return:` for what is given back.
 *
 * @see https://docs.gtk.org/gtk-doc-manual
 */
export const gtkDocParts = (doc: string): DocParts => {
  const parameters: DocParameter[] = [];
  let returns: DocReturn | null = null;
  for (const [, name, text] of doc.matchAll(
    /^[ \t]*@([A-Za-z_]\w*|\.\.\.):((?:[^\n]*)(?:\n(?![ \t]*(?:@[A-Za-z_.]|Returns?:|\n|$))[^\n]*)*)/gm,
  )) {
    const { notes, description } = withoutAnnotations(text!.trim());
    const isOptional = /\b(?:optional|nullable|allow-none)\b/.test(notes);
    parameters.push({ name: name!, type: null, description, isOptional });
  }
  const [, given] =
    /^[ \t]*Returns?:([^\n]*(?:\n(?![ \t]*(?:Since|Deprecated|Stability|Context|Locking)[ \t]*:)[^\n]+)*)/m.exec(
      doc,
    ) ?? [];
  if (given !== undefined)
    returns = { type: null, description: withoutAnnotations(given.trim()).description };
  return { parameters, returns, raises: [] };
};
