import { type FileHandle, open, rename, rm } from 'node:fs/promises';

/** Characters between two writes. */
const CHUNK = 1_048_576;

let filesWritten = 0;

/** Fills a file that is there whole or not at all: an interrupted write leaves the old one as it was. */
export const streamFile = async (path: string, fill: (file: FileHandle) => Promise<void>): Promise<void> => {
  const temporary = `${path}.${process.pid}-${filesWritten++}.tmp`;
  const file = await open(temporary, 'w');
  try {
    try {
      await fill(file);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
};

/** Writes text of any length as it comes, whole or not at all. */
export const streamText = (path: string, pieces: Iterable<string> | AsyncIterable<string>): Promise<void> =>
  streamFile(path, async (file) => {
    let chunk = '';
    for await (const piece of pieces) {
      chunk += piece;
      if (chunk.length < CHUNK) continue;
      await file.writeFile(chunk);
      chunk = '';
    }
    await file.writeFile(chunk);
  });
