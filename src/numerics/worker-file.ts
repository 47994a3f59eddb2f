/** What to give to `new Worker`: a file, or code to evaluate. */
export interface WorkerFile {
  readonly code: URL | string;
  readonly evaluate: boolean;
}

/**
 * The file of a worker thread: the built one beside the bundle or a chunk of it, or its TypeScript source where tsx is
 * installed; null where there is neither, such as in a browser or in a bundle that left the file out.
 *
 * @param from `import.meta.url` of the module that starts the worker.
 * @param built Paths of the built file, relative to `from`.
 * @param source Path of its TypeScript source, relative to `from`.
 */
export const findWorkerFile = async (
  from: string,
  built: readonly string[],
  source: string,
): Promise<WorkerFile | null> => {
  try {
    const { existsSync } = await import('node:fs');
    for (const path of built) {
      const url = new URL(path, from);
      if (url.protocol === 'file:' && existsSync(url)) return { code: url, evaluate: false };
    }
    const file = new URL(source, from);
    if (file.protocol !== 'file:' || !existsSync(file)) return null;
    const { createRequire } = await import('node:module');
    const { pathToFileURL } = await import('node:url');
    const required = createRequire(from).resolve('tsx/esm/api');
    const loader = pathToFileURL(required.replace(/cjs$/, 'mjs')).href;
    const [api, script] = [JSON.stringify(loader), JSON.stringify(file.href)];
    return {
      code: `import(${api}).then(({ tsImport }) => tsImport(${script}, ${script}));`,
      evaluate: true,
    };
  } catch {
    return null;
  }
};

/**
 * The flags for `new Worker`: the program's own, which a worker inherits where none are given. Listed, many would be
 * refused, such as --max-old-space-size. A program given by --eval may have --input-type, which stops a worker that is
 * a file, so there it starts without flags.
 */
export const workerFlags = (): string[] | undefined =>
  process.execArgv.some((flag) => flag.startsWith('--input-type')) ? [] : undefined;
