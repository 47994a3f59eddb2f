/**
 * Tree edit distance against other projects, on real functions, in one run. Usage:
 *
 *   npx tsx bench/peers/ast-distance.ts FOLDER…
 *
 * Peers are named by environment variables and left out with a message otherwise: EDIT_DISTANCE, the folder where npm
 * edit-distance is installed, and TED_COMMANDS, a JSON object from names to commands in other languages. A command is
 * given a file of trees in bracket notation, two lines a pair, and a number of rounds; it prints the least CPU
 * milliseconds of a round and the sum of the distances.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type FlatTree, treeEditDistance, treeEditMapping } from '../../src/ast/index.js';
import { textbookZhangShasha } from '../../test/reference/tree-edit-zhang-shasha.js';
import { functionTrees, samplePairs } from '../inputs/function-trees.js';

interface Contender {
  readonly name: string;
  /** The sum of all distances. */
  run(): number;
}

interface Result {
  readonly name: string;
  milliseconds: number;
  sum: number;
}

interface Labelled {
  readonly label: string;
  readonly children: Labelled[];
}

const workspace = mkdtempSync(join(tmpdir(), 'ast-peers-'));

const nested = (tree: FlatTree): Labelled => {
  const open: { first: number; node: Labelled }[] = [];
  for (let i = 0; i < tree.size; i++) {
    const first = i - tree.sizes[i]! + 1;
    const children: Labelled[] = [];
    while (open.length > 0 && open.at(-1)!.first >= first) children.unshift(open.pop()!.node);
    open.push({ first, node: { label: String(tree.labels[i]), children } });
  }
  return open[0]!.node;
};

const bracket = ({ label, children }: Labelled): string => `{${label}${children.map(bracket).join('')}}`;

/** The least CPU time of some rounds, contenders taking turns: other load on the machine hardly shows. */
const measure = (contenders: readonly Contender[], rounds: number): Result[] => {
  const results = contenders.map(({ name }) => ({ name, milliseconds: Number.POSITIVE_INFINITY, sum: 0 }));
  for (let round = 0; round < rounds; round++) {
    contenders.forEach((contender, k) => {
      const start = process.cpuUsage();
      results[k]!.sum = contender.run();
      const { user, system } = process.cpuUsage(start);
      results[k]!.milliseconds = Math.min(results[k]!.milliseconds, (user + system) / 1000);
    });
  }
  return results;
};

const editDistance = (pairs: [FlatTree, FlatTree][]): Contender | null => {
  const folder = process.env.EDIT_DISTANCE;
  if (folder === undefined) return null;
  const require = createRequire(join(resolve(folder), 'package.json'));
  const { ted } = require('edit-distance') as {
    ted(
      a: Labelled,
      b: Labelled,
      children: (node: Labelled) => Labelled[],
      insert: () => number,
      remove: () => number,
      update: (a: Labelled, b: Labelled) => number,
    ): { distance: number };
  };
  const trees = pairs.map(([a, b]) => [nested(a), nested(b)] as const);
  const one = () => 1;
  const update = (a: Labelled, b: Labelled) => (a.label === b.label ? 0 : 1);
  return {
    name: `npm edit-distance ${require('edit-distance/package.json').version}`,
    run: () =>
      trees.reduce((sum, [a, b]) => sum + ted(a, b, (node) => node.children, one, one, update).distance, 0),
  };
};

/** Results of commands of one's own, each timed by CPU time within its own process. */
const foreign = (pairs: [FlatTree, FlatTree][], rounds: number): Result[] => {
  const file = join(workspace, 'pairs.txt');
  writeFileSync(file, `${pairs.flatMap(([a, b]) => [bracket(nested(a)), bracket(nested(b))]).join('\n')}\n`);
  const commands: Readonly<Record<string, string>> = JSON.parse(process.env.TED_COMMANDS ?? '{}');
  return Object.entries(commands).map(([name, command]) => {
    const [program, ...rest] = command.split(' ');
    const output = execFileSync(program!, [...rest, file, String(rounds)]).toString();
    const [milliseconds, sum] = output.trim().split(' ').map(Number);
    return { name, milliseconds: milliseconds!, sum: sum! };
  });
};

const compare = (title: string, pairs: [FlatTree, FlatTree][], rounds: number): void => {
  const contenders: (Contender | null)[] = [
    { name: 'treeEditDistance', run: () => pairs.reduce((sum, [a, b]) => sum + treeEditDistance(a, b), 0) },
    {
      name: 'treeEditMapping',
      run: () => pairs.reduce((sum, [a, b]) => sum + treeEditMapping(a, b).distance, 0),
    },
    {
      name: 'treeEditDistance, weighted',
      run: () =>
        pairs.reduce(
          (sum, [a, b]) => sum + treeEditDistance(a, b, { insert: 2, delete: 2, rename: 2 }) / 2,
          0,
        ),
    },
    {
      name: 'textbook Zhang–Shasha, typed arrays',
      run: () =>
        pairs.reduce((sum, [a, b]) => sum + textbookZhangShasha(a.labels, a.sizes, b.labels, b.sizes), 0),
    },
    editDistance(pairs),
  ];
  const results = measure(
    contenders.filter((contender) => contender !== null),
    rounds,
  );
  results.push(...foreign(pairs, rounds));
  const base = results[0]!;
  const mean = pairs.reduce((sum, [a, b]) => sum + a.size + b.size, 0) / (2 * pairs.length);
  console.log(`\n${title}: ${pairs.length} pairs, ${mean.toFixed(0)} nodes on average`);
  for (const { name, milliseconds, sum } of results) {
    const ratio = (milliseconds / base.milliseconds).toFixed(2);
    const verdict = sum === base.sum ? 'equal' : `DIFFERS by ${sum - base.sum} in all`;
    console.log(
      `${name.padEnd(40)} ${milliseconds.toFixed(1).padStart(10)} ms CPU ${ratio.padStart(8)}×  ${verdict}`,
    );
  }
};

const main = async (): Promise<void> => {
  const folders = process.argv.slice(2);
  if (folders.length === 0)
    throw new Error('name the folders with JavaScript sources to take functions from');
  for (const name of ['EDIT_DISTANCE', 'TED_COMMANDS']) {
    if (process.env[name] === undefined) console.log(`${name} is not set: that peer is left out`);
  }
  const trees = await functionTrees(folders);
  console.log(`${trees.length} functions of at least 20 nodes, node ${process.version}`);
  compare('30–300 nodes', samplePairs(trees, 500, 30, 300), 5);
  compare('500–2,000 nodes', samplePairs(trees, 6, 500, 2000), 3);
};

try {
  await main();
} finally {
  rmSync(workspace, { recursive: true, force: true });
}
