import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { open, readdir, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';

/** What a file held when it was written. */
export interface FileDigest {
  /** Within the run's folder, with slashes on every system. */
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
  /** Of {@link SAMPLES} pieces spread evenly over the file; only of files that take long to read. */
  readonly sample?: string;
}

/** A file that no longer holds what was written. */
export interface Damage {
  readonly path: string;
  readonly reason: string;
}

/** Bytes from which on a file also gets a digest of samples. */
const LARGE = 2 ** 26;
const SAMPLES = 256;
const SAMPLE_BYTES = 2 ** 16;

export const sha256Of = async (
  path: string,
  onBytes: (count: number) => void = () => {},
): Promise<string> => {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) {
    hash.update(chunk as Buffer);
    onBytes((chunk as Buffer).length);
  }
  return hash.digest('hex');
};

const sampleOf = async (path: string, bytes: number): Promise<string> => {
  const hash = createHash('sha256');
  const piece = Buffer.alloc(SAMPLE_BYTES);
  const file = await open(path, 'r');
  try {
    const last = bytes - SAMPLE_BYTES;
    for (let i = 0; i < SAMPLES; i++) {
      const at = Math.floor((last * i) / (SAMPLES - 1));
      const { bytesRead } = await file.read(piece, 0, SAMPLE_BYTES, at);
      hash.update(piece.subarray(0, bytesRead));
    }
  } finally {
    await file.close();
  }
  return hash.digest('hex');
};

export const digestFile = async (root: string, path: string): Promise<FileDigest> => {
  const { size: bytes } = await stat(path);
  return {
    path: relative(root, path).split(sep).join('/'),
    bytes,
    sha256: await sha256Of(path),
    ...(bytes >= LARGE ? { sample: await sampleOf(path, bytes) } : {}),
  };
};

/** Digests of files, and of all files of folders, sorted by path. */
export const digestFiles = async (root: string, paths: readonly string[]): Promise<FileDigest[]> => {
  const found: FileDigest[] = [];
  for (const path of paths) {
    if (!(await stat(path)).isDirectory()) found.push(await digestFile(root, path));
    else
      for (const entry of await readdir(path, { recursive: true, withFileTypes: true }))
        if (entry.isFile()) found.push(await digestFile(root, join(entry.parentPath, entry.name)));
  }
  return found.sort((a, b) => (a.path < b.path ? -1 : Number(a.path > b.path)));
};

export interface DamageOptions {
  /** Of large files, look at samples only: every size is compared, a flipped bit between the samples goes unseen. */
  readonly sampled?: boolean;
  readonly onBytes?: (count: number) => void;
}

const reasonOf = async (
  root: string,
  { path, bytes, sha256, sample }: FileDigest,
  { sampled = false, onBytes }: DamageOptions,
): Promise<string | null> => {
  const place = join(root, path);
  if (!existsSync(place)) return 'is missing';
  const { size } = await stat(place);
  if (size !== bytes) return `has ${size} bytes, expected ${bytes}`;
  const same =
    sampled && sample !== undefined
      ? (await sampleOf(place, bytes)) === sample
      : (await sha256Of(place, onBytes)) === sha256;
  return same ? null : 'differs from what was written';
};

/** The files that no longer hold what was written, in the order of the digests. */
export const findDamage = async (
  root: string,
  digests: readonly FileDigest[],
  options: DamageOptions = {},
): Promise<Damage[]> => {
  const damage: Damage[] = [];
  for (const digest of digests) {
    const reason = await reasonOf(root, digest, options);
    if (reason !== null) damage.push({ path: digest.path, reason });
  }
  return damage;
};
