import { type AnalyzedFile, analyzeFile, type FileTask } from './analyze-file.js';

/** Analyses files, here or in other threads. */
export interface FileAnalyzer {
  /** Files that may be asked for before the first answer is awaited. */
  readonly ahead: number;
  /** The bytes may be handed over: they are not to be used again. */
  analyze(bytes: Uint8Array, task: FileTask): Promise<AnalyzedFile>;
  close(): Promise<void>;
}

/** In this thread, one file after another. */
export const localAnalyzer = (): FileAnalyzer => ({
  ahead: 1,
  analyze: analyzeFile,
  close: async () => {},
});
