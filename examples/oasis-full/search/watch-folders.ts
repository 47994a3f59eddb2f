import { resolve, sep } from 'node:path';
import { watchTree } from './watch-tree.js';

/** Files often change in groups: an update waits until nothing has changed for as long. */
const PAUSE_MS = 300;
const NEVER = /(^|[\\/])(\.git|\.hg|\.svn|node_modules|__pycache__)([\\/]|$)/;

/**
 * Runs `update` whenever a file below one of the folders has changed, one run at a time, until the process ends.
 *
 * @param own A folder whose changes do not count: the index itself.
 * @throws Error where the system watches no more folders.
 */
export const watchFolders = async (
  roots: readonly string[],
  own: string,
  update: () => Promise<unknown>,
): Promise<never> => {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let running = false;
  let again = false;
  const run = async () => {
    if (running) {
      again = true;
      return;
    }
    running = true;
    try {
      await update();
    } catch (error) {
      // A folder in the middle of a checkout may be half there; the next change tries again.
      process.stderr.write(`not updated: ${(error as Error).message}\n`);
    }
    running = false;
    if (again) {
      again = false;
      await run();
    }
  };
  return new Promise((_, reject) => {
    for (const root of roots) {
      const onError = (error: NodeJS.ErrnoException) => {
        const limit = error.code === 'ENOSPC' || error.code === 'EMFILE';
        reject(
          limit
            ? new Error(
                `--watch: ${root} has more folders than this system watches at a time (fs.inotify.max_user_watches); ` +
                  'run index again where files have changed',
              )
            : error,
        );
      };
      try {
        watchTree(root, {
          skipped: NEVER,
          onChange: (name) => {
            const isOthers =
              name !== null &&
              (NEVER.test(name) || `${resolve(root, name)}${sep}`.startsWith(`${own}${sep}`));
            if (isOthers) return;
            clearTimeout(timer);
            timer = setTimeout(run, PAUSE_MS);
          },
          onError,
        });
      } catch (error) {
        onError(error as NodeJS.ErrnoException);
      }
    }
    // What changed before there was a watch.
    void run();
    process.stderr.write(
      `watching ${roots.length === 1 ? roots[0] : `${roots.length} folders`}; Ctrl+C ends\n`,
    );
  });
};
