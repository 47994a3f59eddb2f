import { open, rename, rm } from 'node:fs/promises';

/** Characters between two writes. */
const CHUNK = 1 << 20;

/** Writes text as it comes to a file that is there whole or not at all. */
export const streamFile = async (path: string, pieces: AsyncIterable<string>): Promise<void> => {
  const temporary = `${path}.${process.pid}.tmp`;
  const file = await open(temporary, 'w');
  try {
    let chunk = '';
    for await (const piece of pieces) {
      chunk += piece;
      if (chunk.length < CHUNK) continue;
      await file.writeFile(chunk);
      chunk = '';
    }
    await file.writeFile(chunk);
    await file.sync();
    await file.close();
    await rename(temporary, path);
  } catch (error) {
    await file.close().catch(() => {});
    await rm(temporary, { force: true });
    throw error;
  }
};
