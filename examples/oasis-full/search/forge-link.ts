import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';

/** A place in a file of a repository. */
export interface LinkedPlace {
  readonly path: string;
  readonly startLine: number;
  readonly endLine: number;
}

type Link = (base: string, commit: string, path: string, first: number, last: number) => string;

/** How the forges that are known write the address of lines. */
const FORGES: readonly (readonly [RegExp, Link])[] = [
  [/(^|\.)github\./, (base, commit, path, a, b) => `${base}/blob/${commit}/${path}#L${a}-L${b}`],
  [/(^|\.)gitlab\./, (base, commit, path, a, b) => `${base}/-/blob/${commit}/${path}#L${a}-${b}`],
  [/(^|\.)bitbucket\./, (base, commit, path, a, b) => `${base}/src/${commit}/${path}#lines-${a}:${b}`],
  [
    /(^|\.)(codeberg|gitea|forgejo)\./,
    (base, commit, path, a, b) => `${base}/src/commit/${commit}/${path}#L${a}-L${b}`,
  ],
];

/** The folder with `.git` at or above a folder. */
const checkoutOf = (folder: string): string | null => {
  for (let at = folder; ; at = dirname(at)) {
    if (existsSync(join(at, '.git'))) return at;
    if (dirname(at) === at) return null;
  }
};

/** Where Git keeps its files: `.git` is a file in a worktree or a submodule. */
const gitFolders = (checkout: string): { readonly own: string; readonly common: string } => {
  const path = join(checkout, '.git');
  if (statSync(path).isDirectory()) return { own: path, common: path };
  const named = /^gitdir:\s*(.+)$/m.exec(readFileSync(path, 'utf8'))![1]!.trim();
  const own = named.startsWith('/') ? named : join(checkout, named);
  const shared = join(own, 'commondir');
  return { own, common: existsSync(shared) ? join(own, readFileSync(shared, 'utf8').trim()) : own };
};

const headCommit = ({ own, common }: ReturnType<typeof gitFolders>): string | null => {
  const head = readFileSync(join(own, 'HEAD'), 'utf8').trim();
  if (!head.startsWith('ref: ')) return head;
  const name = head.slice(5);
  for (const folder of [own, common])
    if (existsSync(join(folder, name))) return readFileSync(join(folder, name), 'utf8').trim();
  const packed = join(common, 'packed-refs');
  if (!existsSync(packed)) return null;
  const line = readFileSync(packed, 'utf8')
    .split('\n')
    .find((each) => each.endsWith(` ${name}`));
  return line?.split(' ')[0] ?? null;
};

/** `https://host/owner/name` of `git@host:owner/name.git` and its kind, without a name or password; null for other schemes. */
export const webAddress = (remote: string): string | null => {
  const found =
    /^(?:https?|ssh|git):\/\/(?:[^@/]*@)?([\w.-]+)(?::\d+)?\/(.+?)(?:\.git)?\/?$/.exec(remote) ??
    /^(?:[\w.-]+@)([\w.-]+):(?!\/)(.+?)(?:\.git)?\/?$/.exec(remote);
  return found === null ? null : `https://${found[1]}/${found[2]}`;
};

/**
 * What links to the files of a folder on their forge, at the commit that is checked out: GitHub, GitLab, Bitbucket, Gitea and
 * Forgejo by the name of their host. Null for a folder without such a remote. Git itself is not needed.
 */
export const forgeLinks = (root: string): ((place: LinkedPlace) => string) | null => {
  try {
    const checkout = checkoutOf(root);
    if (checkout === null) return null;
    const folders = gitFolders(checkout);
    const config = readFileSync(join(folders.common, 'config'), 'utf8');
    const origin = /\[remote "origin"\][^[]*?^\s*url\s*=\s*(.+)$/m.exec(config)?.[1];
    const base = origin === undefined ? null : webAddress(origin.trim());
    const commit = headCommit(folders);
    if (base === null || commit === null || !/^[0-9a-f]{40,64}$/.test(commit)) return null;
    const link = FORGES.find(([host]) => host.test(new URL(base).hostname))?.[1];
    if (link === undefined) return null;
    const below = relative(checkout, root).split(sep).join('/');
    return ({ path, startLine, endLine }) => {
      const full = below === '' ? path : `${below}/${path}`;
      return link(base, commit, full.split('/').map(encodeURIComponent).join('/'), startLine, endLine);
    };
  } catch {
    // A broken checkout has no address; its code can be searched all the same.
    return null;
  }
};
