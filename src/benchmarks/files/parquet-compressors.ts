import * as zlib from 'node:zlib';
import { decompress } from 'fzstd';
import type { Compressors } from 'hyparquet';
import { decompressLz4, decompressLz4Raw, decompressSnappy } from 'hyparquet-compressors';

/** From Node.js 22.15 on. */
const { zstdDecompressSync } = zlib as { readonly zstdDecompressSync?: (input: Uint8Array) => Uint8Array };

/** What unpacks the pages of Parquet files: Node.js itself where it can. */
export const compressors: Compressors = {
  GZIP: (input) => zlib.gunzipSync(input),
  BROTLI: (input) => zlib.brotliDecompressSync(input),
  ZSTD: zstdDecompressSync ?? ((input) => decompress(input)),
  SNAPPY: decompressSnappy,
  LZ4: decompressLz4,
  LZ4_RAW: decompressLz4Raw,
};
