import { type LanguageId, loadLanguage } from '../../syntax/index.js';
import { summarizeDoc } from '../docs/summarize-doc.js';
import type { LeftOutReason } from '../sources/left-out.js';
import { decodeSource, type SourceEncoding, type SourceText } from '../sources/read-source.js';
import { detectGenerated } from './detect-generated.js';
import { extractFile } from './extract-file.js';
import type { FileFacts, FoundUnit } from './file-facts.js';
import type { Granularity } from './granularity.js';

/** What is asked of one file; plain data, so that it can be sent to another thread. */
export interface FileTask {
  readonly path: string;
  readonly language: LanguageId;
  readonly granularity: Granularity;
  readonly keepGenerated: boolean;
}

/** What is known of one file after it was parsed; plain data, so that it can be sent and stored. */
export interface FileReading {
  readonly facts: FileFacts;
  readonly encoding: SourceEncoding;
  /** Of each unit: first byte, byte after the last, first line, last line. */
  readonly places: Int32Array;
  readonly summaries: readonly (string | null)[];
}

/** A file's reading and its text, or why it was left out. */
export type AnalyzedFile = { readonly reading: FileReading; readonly text: string } | LeftOutReason;

/** The lines of indices in rising order; lines count from 1. */
const linesOf = (text: string, indices: Int32Array): Int32Array => {
  const lines = new Int32Array(indices.length);
  let line = 1;
  let next = text.indexOf('\n');
  for (let at = 0; at < indices.length; at++) {
    const index = indices[at]!;
    while (next >= 0 && next < index) {
      line++;
      next = text.indexOf('\n', next + 1);
    }
    lines[at] = line;
  }
  return lines;
};

/** First byte, byte after the last, first line and last line of each unit. */
const placesOf = ({ text, byteOffsets }: SourceText, units: readonly FoundUnit[]): Int32Array => {
  const places = new Int32Array(4 * units.length);
  units.forEach(({ start, end }, unit) => {
    places[4 * unit] = start;
    places[4 * unit + 1] = end;
    places[4 * unit + 2] = start;
    places[4 * unit + 3] = Math.max(start, end - 1);
  });
  // Units nest, so their starts and ends cross: sorted, all are found in one pass over the text.
  const count = places.length;
  const keys = new Float64Array(count);
  for (let place = 0; place < count; place++) keys[place] = places[place]! * count + place;
  // Numbers alone sort several times as fast as by a comparison.
  keys.sort();
  const order = new Int32Array(count);
  const indices = new Int32Array(count);
  for (let at = 0; at < count; at++) {
    order[at] = keys[at]! % count;
    indices[at] = places[order[at]!]!;
  }
  const bytes = byteOffsets(indices);
  const lines = linesOf(text, indices);
  for (let at = 0; at < order.length; at++) {
    const place = order[at]!;
    places[place] = (place & 2) === 0 ? bytes[at]! : lines[at]!;
  }
  return places;
};

/** Reads one file: its text, whether it is one that people wrote, and what is in it. */
export const analyzeFile = async (bytes: Uint8Array, task: FileTask): Promise<AnalyzedFile> => {
  const source = decodeSource(bytes);
  if (source === null) return 'binary';
  if (!task.keepGenerated) {
    const reason = detectGenerated(source.text);
    if (reason !== null) return reason;
  }
  const parser = await loadLanguage(task.language);
  try {
    const tree = parser.read(source.text);
    const facts = extractFile(tree, parser.definition, task.path, task);
    const reading: FileReading = {
      facts,
      encoding: source.encoding,
      places: placesOf(source, facts.units),
      summaries: facts.units.map(({ doc }) => (doc === null ? null : summarizeDoc(doc, task.language))),
    };
    return { reading, text: source.text };
  } catch {
    return 'unparsable';
  }
};
