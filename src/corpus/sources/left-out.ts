/**
 * Why a file or folder was not read:
 * - `vendored`: a folder of others' code (`node_modules`, `vendor`, …)
 * - `built`: a folder of build output (`dist`, `build`, …)
 * - `ignored`: named by a .gitignore; `excluded`: by the caller's `exclude`
 * - `link`: a symbolic link, which is never followed
 * - `submodule`: another repository, by its commit
 * - `too-large`: more bytes than `maxFileBytes`; it was not opened
 * - `generated`, `minified`: by its name, its header or the shape of its lines
 * - `declarations`: TypeScript declarations, which have no bodies
 * - `compiled-copy`: the same module is also there compiled to another format
 * - `binary`: holds NUL bytes
 * - `unreadable`: vanished, forbidden, or no plain file
 * - `unparsable`: the parser gave up on it: it would take time or memory out of all proportion
 */
export type LeftOutReason =
  | 'vendored'
  | 'built'
  | 'ignored'
  | 'excluded'
  | 'link'
  | 'submodule'
  | 'too-large'
  | 'generated'
  | 'minified'
  | 'declarations'
  | 'compiled-copy'
  | 'binary'
  | 'unreadable'
  | 'unparsable';

/** A file, or a folder ending in `/`, that was not read. */
export interface LeftOut {
  readonly path: string;
  readonly reason: LeftOutReason;
}
