import type { CodeFunction } from '../../src/corpus/index.js';

/** A function of a corpus, as it is but for the changes. */
export const functionWith = (changes: Partial<CodeFunction>): CodeFunction => ({
  id: changes.name ?? 'id',
  repository: 'r',
  path: 'src/a.js',
  language: 'javascript',
  kind: 'function',
  name: 'add',
  qualifiedName: changes.name ?? 'add',
  signature: 'function add()',
  parameters: [],
  startByte: 0,
  endByte: 1,
  startLine: 1,
  endLine: 3,
  source: '',
  code: 'function add() {\n  return 1;\n}',
  doc: 'Adds two numbers.',
  summary: 'Adds two numbers.',
  callers: [],
  callees: [],
  ...changes,
});
