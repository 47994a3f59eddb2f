import { existsSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { pages, readPage, root } from './pages.js';

const withoutCode = (markdown: string): string =>
  markdown.replace(/^```[\s\S]*?^```$/gm, '').replace(/`[^`\n]*`/g, (code) => code.replace(/[[\]()]/g, ' '));

/** The anchor of a heading, as GitHub and the site make it. */
const anchorOf = (heading: string): string =>
  heading
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replace(/ /g, '-');

const anchorsOf = (page: string): string[] =>
  [
    ...readPage(page)
      .replace(/^```[\s\S]*?^```$/gm, '')
      .matchAll(/^#{1,6} (.+)$/gm),
  ].map(([, text]) => anchorOf(text!));

const linksOf = (page: string): string[] =>
  [...withoutCode(readPage(page)).matchAll(/\]\(([^()\s]+)\)/g)].map(([, target]) => target!);

describe.each([...pages, 'bench/RESULTS.md'])('%s', (page) => {
  const links = linksOf(page).filter((target) => !/^[a-z]+:/.test(target));

  it('links to files and headings that are there', () => {
    const broken = links.filter((target) => {
      const [path = '', anchor] = target.split('#');
      const file = path === '' ? page : join(dirname(page), path);
      if (!existsSync(join(root, file))) return true;
      return (
        anchor !== undefined &&
        file.endsWith('.md') &&
        !anchorsOf(relative(root, join(root, file))).includes(anchor)
      );
    });
    expect(broken).toEqual([]);
  });

  it('links to files, not to folders, which a site cannot show', () => {
    const folders = links.filter((target) => {
      const [path = ''] = target.split('#');
      const file = join(root, dirname(page), path);
      return path !== '' && existsSync(file) && statSync(file).isDirectory();
    });
    if (page.startsWith('docs/') || page === 'README.md') expect(folders).toEqual([]);
  });
});

describe('the guides', () => {
  it('are all reachable from the README', () => {
    const seen = new Set<string>();
    const visit = (page: string) => {
      if (seen.has(page) || !pages.includes(page)) return;
      seen.add(page);
      for (const target of linksOf(page)) visit(join(dirname(page), target.split('#')[0]!));
    };
    visit('README.md');
    expect(pages.filter((page) => page.startsWith('docs/') && !seen.has(page))).toEqual([]);
  });
});
