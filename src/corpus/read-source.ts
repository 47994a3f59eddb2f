/** A file's text and the way back from its UTF-16 units to bytes. */
export interface SourceText {
  readonly text: string;
  readonly encoding: 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252';
  /** The byte offset, in the file as stored, of a UTF-16 index; indices must not decrease between calls. */
  readonly byteOffset: (index: number) => number;
}

const utf8Width = (unit: number): number => {
  if (unit < 0x80) return 1;
  if (unit < 0x800) return 2;
  // Each half of a surrogate pair counts two of the pair's four bytes.
  return unit >= 0xd800 && unit <= 0xdfff ? 2 : 3;
};

const utf8Offsets = (text: string, bom: number): ((index: number) => number) => {
  let at = 0;
  let bytes = bom;
  return (index) => {
    if (index < at) {
      at = 0;
      bytes = bom;
    }
    for (; at < index; at++) bytes += utf8Width(text.charCodeAt(at));
    return bytes;
  };
};

/**
 * Decodes a source file: UTF-8, UTF-16 with a byte order mark, or else, where the bytes are no UTF-8,
 * windows-1252, which any byte sequence is.
 *
 * @returns Null for a binary file: one with a NUL byte and no byte order mark.
 */
export const decodeSource = (bytes: Uint8Array): SourceText | null => {
  const isLittle = bytes[0] === 0xff && bytes[1] === 0xfe;
  const isBig = bytes[0] === 0xfe && bytes[1] === 0xff;
  if (isLittle || isBig) {
    const encoding = isLittle ? 'utf-16le' : 'utf-16be';
    const text = new TextDecoder(encoding).decode(bytes);
    return { text, encoding, byteOffset: (index) => 2 + 2 * index };
  }
  if (bytes.includes(0)) return null;
  const bom = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    const isAscii = text.length + bom === bytes.length;
    const byteOffset = isAscii ? (index: number) => index + bom : utf8Offsets(text, bom);
    return { text, encoding: 'utf-8', byteOffset };
  } catch {
    const text = new TextDecoder('windows-1252').decode(bytes);
    return { text, encoding: 'windows-1252', byteOffset: (index) => index };
  }
};
