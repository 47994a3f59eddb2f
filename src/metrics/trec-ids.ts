/** White space in any of the languages that read such files, control characters, and a percent sign that looks like an escape. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not stand in a file.
const UNSAFE = /[\s\u0000-\u001f\u007f\u0085]|%(?=[0-9A-Fa-f]{2})/gu;

/**
 * An id as TREC files can hold it: white space and control characters as `%20`, `%09`, … as in URLs.
 *
 * Distinct ids stay distinct, and an id without white space, control characters and escapes stays as it is.
 *
 * @throws RangeError when the id is empty.
 *
 * @example
 * ```ts
 * import { decodeTrecId, encodeTrecId } from 'oasis-embed/metrics';
 * console.log(encodeTrecId('a b'), decodeTrecId('a%20b')); // a%20b a b
 * ```
 */
export const encodeTrecId = (id: string): string => {
  if (id === '') throw new RangeError('id must not be empty, received ""');
  return id.replace(UNSAFE, (letter) =>
    Array.from(
      new TextEncoder().encode(letter),
      (byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`,
    ).join(''),
  );
};

/** The id that was given to {@link encodeTrecId}; anything that is not such an escape stays unchanged. */
export const decodeTrecId = (text: string): string =>
  text.replace(/(?:%[0-9A-Fa-f]{2})+/g, (escapes) => {
    try {
      return decodeURIComponent(escapes);
    } catch {
      return escapes;
    }
  });
