import { type LanguageId, loadLanguage } from '../syntax/index.js';
import { detectGenerated } from './detect-generated.js';
import { extractFile, type FileFacts } from './extract-file.js';
import type { Granularity } from './granularity.js';
import type { LeftOutReason } from './left-out.js';
import { decodeSource, type SourceEncoding, type SourceText } from './read-source.js';
import { summarizeDoc } from './summarize-doc.js';

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
  indices.forEach((index, number) => {
    while (next >= 0 && next < index) {
      line++;
      next = text.indexOf('\n', next + 1);
    }
    lines[number] = line;
  });
  return lines;
};

const placesOf = ({ text, byteOffsets }: SourceText, { units }: FileFacts): Int32Array => {
  // Starts and ends of nested units cross: sorted, each of the two passes over the text is one.
  const indices = Int32Array.from(
    new Set(units.flatMap(({ start, end }) => [start, end, Math.max(start, end - 1)])),
  ).sort();
  const bytes = byteOffsets(indices);
  const lines = linesOf(text, indices);
  const rank = new Map([...indices].map((index, number) => [index, number]));
  return Int32Array.from(
    units.flatMap(({ start, end }) => {
      const [first, last] = [rank.get(start)!, rank.get(Math.max(start, end - 1))!];
      return [bytes[first]!, bytes[rank.get(end)!]!, lines[first]!, lines[last]!];
    }),
  );
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
    const facts = extractFile(tree, parser.definition, task.path, task.granularity);
    const reading: FileReading = {
      facts,
      encoding: source.encoding,
      places: placesOf(source, facts),
      summaries: facts.units.map(({ doc }) => (doc === null ? null : summarizeDoc(doc))),
    };
    return { reading, text: source.text };
  } catch {
    return 'unparsable';
  }
};
