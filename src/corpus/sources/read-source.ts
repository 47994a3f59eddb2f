/** How a file's bytes were read as text. */
export type SourceEncoding = 'utf-8' | 'utf-8-bom' | 'utf-16le' | 'utf-16be' | 'windows-1252';

/** A file's text and the way back from its UTF-16 units to bytes. */
export interface SourceText {
  readonly text: string;
  readonly encoding: SourceEncoding;
  /** Byte offsets, in the file as stored, of UTF-16 indices in rising order. */
  readonly byteOffsets: (indices: Int32Array) => Int32Array;
}

const shifted =
  (width: number, mark: number) =>
  (indices: Int32Array): Int32Array =>
    indices.map((index) => index * width + mark);

/** One pass over the text for all offsets. */
const utf8Offsets =
  (text: string, mark: number) =>
  (indices: Int32Array): Int32Array => {
    const offsets = new Int32Array(indices.length);
    let at = 0;
    let bytes = mark;
    for (let number = 0; number < indices.length; number++) {
      for (; at < indices[number]!; at++) {
        const unit = text.charCodeAt(at);
        // Each half of a surrogate pair counts two of the pair's four bytes.
        bytes += unit < 0x80 ? 1 : unit < 0x800 || (unit >= 0xd800 && unit <= 0xdfff) ? 2 : 3;
      }
      offsets[number] = bytes;
    }
    return offsets;
  };

/**
 * Decodes a source file: UTF-8, UTF-16 with a byte order mark, or else, where the bytes are no UTF-8,
 * windows-1252, which any byte sequence is.
 *
 * A byte order mark is no part of the text, but counts in byte offsets.
 *
 * @returns Null for a binary file: one with a NUL byte and no byte order mark.
 */
export const decodeSource = (bytes: Uint8Array): SourceText | null => {
  const isLittle = bytes[0] === 0xff && bytes[1] === 0xfe;
  const isBig = bytes[0] === 0xfe && bytes[1] === 0xff;
  if (isLittle || isBig) {
    const encoding = isLittle ? 'utf-16le' : 'utf-16be';
    return { text: new TextDecoder(encoding).decode(bytes), encoding, byteOffsets: shifted(2, 2) };
  }
  if (bytes.includes(0)) return null;
  const mark = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    const isAscii = text.length + mark === bytes.length;
    const byteOffsets = isAscii ? shifted(1, mark) : utf8Offsets(text, mark);
    return { text, encoding: mark === 0 ? 'utf-8' : 'utf-8-bom', byteOffsets };
  } catch {
    const text = new TextDecoder('windows-1252').decode(bytes);
    return { text, encoding: 'windows-1252', byteOffsets: shifted(1, 0) };
  }
};
