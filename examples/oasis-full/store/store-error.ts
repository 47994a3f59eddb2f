/** The shared folder refused a write or a read, for a reason that a person can mend. */
export class StoreError extends Error {
  override readonly name = 'StoreError';

  constructor(
    readonly code: string,
    readonly path: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full: free some space',
  EDQUOT: 'the disk quota is used up: free some space',
  EROFS: 'the folder is read-only: make it writable',
  EACCES: 'the folder is not writable: change its permissions or owner',
  EPERM: 'the folder is not writable: change its permissions or owner',
  EMFILE: 'too many open files: raise ulimit -n',
  EIO: 'the disk reports an input/output error: look at the device',
};

/** DuckDB reports the operating system's words, not its codes. */
const WORDS: readonly (readonly [RegExp, string])[] = [
  [/no space left on device/i, 'ENOSPC'],
  [/quota exceeded/i, 'EDQUOT'],
  [/read-only file system/i, 'EROFS'],
  [/permission denied/i, 'EACCES'],
  [/too many open files/i, 'EMFILE'],
  [/input\/output error/i, 'EIO'],
];

const codeOf = (error: unknown): string | null => {
  if (!(error instanceof Error)) return null;
  const { code } = error as NodeJS.ErrnoException;
  if (code !== undefined && code in REASONS) return code;
  return WORDS.find(([words]) => words.test(error.message))?.[1] ?? null;
};

/** A failure of the disk as a `StoreError` that says what to do; any other error unchanged. */
export const asStoreError = (error: unknown, path: string): unknown => {
  if (error instanceof StoreError) return error;
  const code = codeOf(error);
  if (code === null) return error;
  return new StoreError(
    code,
    path,
    `cannot write ${path} (${code}): ${REASONS[code]}, then run the same command again; finished work is kept`,
    { cause: error },
  );
};
