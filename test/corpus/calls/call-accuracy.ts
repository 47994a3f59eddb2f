import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { analyzeRepository, type CallTier } from '../../../src/corpus/index.js';

/** Languages with a fixture repository; that of TypeScript holds TSX as well. */
export const FIXTURES = [
  'python',
  'java',
  'javascript',
  'typescript',
  'csharp',
  'c',
  'ruby',
  'php',
  'go',
  'rust',
  'cpp',
  'kotlin',
  'swift',
  'scala',
] as const;

/** True and false edges found in one tier. */
export interface TierCount {
  right: number;
  wrong: number;
}

export interface CallAccuracy {
  readonly precision: number;
  readonly recall: number;
  readonly byTier: Readonly<Partial<Record<CallTier, TierCount>>>;
  readonly missed: readonly string[];
  readonly wrong: readonly string[];
  readonly edges: number;
}

/** Compares the calls found in a fixture repository with those that its graph.json lists by hand. */
export const measureCalls = async (root: string): Promise<CallAccuracy> => {
  const { functions, calls } = await analyzeRepository(root);
  const nameOf = new Map(functions.map(({ id, path, qualifiedName }) => [id, `${path}:${qualifiedName}`]));
  const graph = JSON.parse(await readFile(join(root, 'graph.json'), 'utf8')) as Record<string, string[]>;
  const truth = new Set(
    Object.entries(graph).flatMap(([caller, callees]) => callees.map((callee) => `${caller} → ${callee}`)),
  );
  const byTier: Partial<Record<CallTier, TierCount>> = {};
  const found = new Set<string>();
  const wrong: string[] = [];
  for (const { caller, callee, tier } of calls) {
    const edge = `${nameOf.get(caller)} → ${nameOf.get(callee)}`;
    if (found.has(edge)) continue;
    found.add(edge);
    byTier[tier] ??= { right: 0, wrong: 0 };
    if (truth.has(edge)) byTier[tier].right++;
    else {
      byTier[tier].wrong++;
      wrong.push(`${edge} (${tier})`);
    }
  }
  const missed = [...truth].filter((edge) => !found.has(edge));
  const right = truth.size - missed.length;
  return {
    precision: found.size === 0 ? 1 : right / found.size,
    recall: truth.size === 0 ? 1 : right / truth.size,
    byTier,
    missed,
    wrong,
    edges: truth.size,
  };
};
