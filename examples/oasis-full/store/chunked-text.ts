/** Characters between two writes. */
const CHUNK = 1 << 20;

export interface ChunkedText {
  add(text: string): Promise<void>;
  /** Writes what is left. */
  flush(): Promise<void>;
}

/** Gathers small pieces of text, so that a file is written a megabyte at a time. */
export const createChunkedText = (write: (chunk: string) => Promise<void>): ChunkedText => {
  let chunk = '';
  const flush = async () => {
    const full = chunk;
    chunk = '';
    await write(full);
  };
  return {
    add: async (text) => {
      chunk += text;
      if (chunk.length > CHUNK) await flush();
    },
    flush,
  };
};
