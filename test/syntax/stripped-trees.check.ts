import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import {
  LANGUAGES,
  type LanguageDefinition,
  type LanguageId,
  languageOf,
  loadLanguage,
  type SyntaxTree,
  stripComments,
} from '../../src/syntax/index.js';

/** Enough to meet the odd cases, and few enough to wait for. */
const FILES_PER_LANGUAGE = Number(process.env.OASIS_FILES ?? 150);
const MAX_UNITS = 300_000;

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const folders = process.env.OASIS_SOURCES?.split(':') ?? [
  here('../corpus/fixtures'),
  here('../../src'),
  here('../../node_modules'),
];

const filesByLanguage = new Map<LanguageId, string[]>();
for (const folder of folders) {
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const language = entry.isFile() ? languageOf(entry.name) : null;
    // Declarations are nearly all alike.
    if (language === null || entry.name.endsWith('.d.ts')) continue;
    const files = filesByLanguage.get(language) ?? [];
    filesByLanguage.set(language, files);
    files.push(join(entry.parentPath, entry.name));
  }
}

/** Files from all over the folders, the same ones each time. */
const sample = (files: readonly string[]): readonly string[] => {
  const step = Math.max(1, files.length / FILES_PER_LANGUAGE);
  return Array.from(
    { length: Math.min(files.length, FILES_PER_LANGUAGE) },
    (_, at) => files[Math.floor(at * step)]!,
  );
};

/** Texts whose blank lines mean nothing. */
const isLoose = (kind: string): boolean => kind === 'jsx_text' || kind === 'text' || kind === 'preproc_arg';

/** Kinds and depths of all nodes that are no comments, and the texts of the leaves. */
const shapeOf = (tree: SyntaxTree, { commentKinds, stringKinds }: LanguageDefinition): string[] => {
  const shape: string[] = [];
  const depths = new Int32Array(tree.size);
  for (let node = 0; node < tree.size; node++) {
    const parent = tree.parent(node);
    depths[node] = parent < 0 ? 0 : depths[parent]! + 1;
    const kind = tree.kind(node);
    if (commentKinds.has(kind) && !stringKinds.has(tree.kind(parent))) {
      node = tree.after[node]! - 1;
      continue;
    }
    const isLeaf = tree.firstChild(node) < 0;
    const isString = stringKinds.has(kind) || stringKinds.has(tree.kind(parent));
    // An empty block may have held a comment.
    const text = !isLeaf ? '' : isString ? tree.text(node) : tree.text(node).replace(/\s+/g, ' ').trim();
    if (isLeaf && /^[({[] ?[)}\]]$/.test(text)) {
      shape.push(`${depths[node]} ${kind} `);
      continue;
    }
    if (isLoose(kind) && text === '') continue;
    shape.push(`${depths[node]} ${kind} ${text}`);
  }
  return shape;
};

describe.each(Object.keys(LANGUAGES) as LanguageId[])('real files in %s', (language) => {
  it('parse to the same tree without their comments', async () => {
    const parser = await loadLanguage(language);
    const files = sample(filesByLanguage.get(language) ?? []);
    let compared = 0;
    for (const file of files) {
      const source = readFileSync(file, 'utf8').replace(/\r\n?/g, '\n');
      if (source.length > MAX_UNITS) continue;
      const tree = parser.read(source);
      // What does not parse has no tree to keep.
      if (tree.errors > 0) continue;
      const before = shapeOf(tree, parser.definition);
      const after = shapeOf(parser.read(stripComments(parser, source)), parser.definition);
      const differs = before.findIndex((line, at) => line !== after[at]);
      expect(
        differs < 0 && before.length === after.length ? 'the same' : `${before[differs]} | ${after[differs]}`,
        file,
      ).toBe('the same');
      compared++;
    }
    expect(compared).toBeGreaterThan(0);
  });
});
