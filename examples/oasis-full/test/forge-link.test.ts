import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { forgeLinks, webAddress } from '../search/forge-link.js';

const folder = mkdtempSync(join(tmpdir(), 'oasis-forge-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const COMMIT = '0123456789abcdef0123456789abcdef01234567';
const checkout = (name: string, url: string, head = 'ref: refs/heads/main'): string => {
  const root = join(folder, name);
  mkdirSync(join(root, '.git/refs/heads'), { recursive: true });
  writeFileSync(join(root, '.git/config'), `[core]\n\tbare = false\n[remote "origin"]\n\turl = ${url}\n`);
  writeFileSync(join(root, '.git/HEAD'), `${head}\n`);
  writeFileSync(join(root, '.git/refs/heads/main'), `${COMMIT}\n`);
  return root;
};
const place = { path: 'src/a b.js', startLine: 3, endLine: 9 };

describe('forgeLinks', () => {
  it.each([
    ['git@github.com:owner/name.git', `https://github.com/owner/name/blob/${COMMIT}/src/a%20b.js#L3-L9`],
    ['https://gitlab.com/g/sub/name', `https://gitlab.com/g/sub/name/-/blob/${COMMIT}/src/a%20b.js#L3-9`],
    ['ssh://git@bitbucket.org/o/n.git', `https://bitbucket.org/o/n/src/${COMMIT}/src/a%20b.js#lines-3:9`],
    ['https://codeberg.org/o/n.git', `https://codeberg.org/o/n/src/commit/${COMMIT}/src/a%20b.js#L3-L9`],
  ])('links a file of %s', (url, link) => {
    expect(forgeLinks(checkout(`r${url.length}`, url))!(place)).toBe(link);
  });

  it('knows a folder below the checkout, and a commit that is checked out by itself', () => {
    const root = checkout('detached', 'https://github.com/o/n', COMMIT);
    mkdirSync(join(root, 'packages/core'), { recursive: true });
    expect(forgeLinks(join(root, 'packages/core'))!(place)).toContain(`/blob/${COMMIT}/packages/core/src/`);
  });

  it('has none without a remote that it knows, and never shows a password', () => {
    expect(forgeLinks(checkout('unknown', 'https://example.org/o/n'))).toBeNull();
    expect(forgeLinks(checkout('file', '/srv/git/n.git'))).toBeNull();
    expect(forgeLinks(join(folder, 'file'))).toBeNull();
    expect(webAddress('https://me:secret@github.com/o/n.git')).toBe('https://github.com/o/n');
  });
});
