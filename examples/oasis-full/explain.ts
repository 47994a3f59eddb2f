import { existsSync } from 'node:fs';
import type { DocstringRow } from 'oasis-embed/annotation';
import { explainPair } from 'oasis-embed/refinement';
import { type AnnotatedFunction, pairTexts } from './annotation/annotated-functions.js';
import { type PairSource, readPairSources, readPairs } from './pairs.js';
import type { RefinementRow } from './refinement/refinement-rows.js';
import { createRunFolder, readAllJsonLines, readJson } from './run-folder.js';
import { trainingFunctions } from './stages/annotation.js';
import type { MixtureRecord } from './threshold.js';

const SOURCE_WORDS: Readonly<Record<PairSource, string>> = {
  positive: 'the function whose docstring asks',
  random: 'stratum random: drawn among all functions of the repository',
  calls: 'stratum calls: a neighbour in the call graph',
  lexical: 'stratum lexical: near to the docstring by BM25',
  twins: 'stratum twins: a structural near twin, among the K negatives',
  'near-twin': 'a structural near twin, beyond the K negatives',
};

/** Who wrote each docstring; the first function that asks it speaks for all. */
const writersOf = async (path: string, functions: readonly AnnotatedFunction[], queryOf: Uint32Array) => {
  const originOf = new Map(
    (await readAllJsonLines<DocstringRow>(path)).map(({ id, origin }) => [id, origin]),
  );
  const writers: string[] = [];
  queryOf.forEach((query, i) => {
    const origin = originOf.get(functions[i]!.id) ?? 'unknown';
    writers[query] ??= origin === 'author' ? 'the author of the code' : `the model ${origin}`;
  });
  return writers;
};

/** Prints how one pair came by its label. */
export const explainRun = async ({
  pair,
  run,
}: {
  readonly pair: string;
  readonly run: string;
}): Promise<void> => {
  const folder = createRunFolder(run);
  for (const file of ['functions', 'docstrings', 'pairs', 'refinement', 'mixture'] as const) {
    if (!existsSync(folder.path(file))) {
      throw new Error(
        `--run: expected the folder of a run past refinement, received ${run}, which lacks ${folder.path(file)}`,
      );
    }
  }
  const number = Number(pair);
  const pairs = await readPairs(folder.path('pairs'));
  if (!Number.isSafeInteger(number) || number < 0 || number >= pairs.query.length) {
    throw new Error(`pair must be a whole number in [0, ${pairs.query.length}), received ${pair}`);
  }
  const functions = await trainingFunctions({ folder });
  const { queries, queryOf, documents } = pairTexts(functions);
  const source = (await readPairSources(folder.path('pairs')))[number];
  console.log(
    explainPair(number, {
      pairs,
      records: await readAllJsonLines<RefinementRow>(folder.path('refinement')),
      queries,
      writers: await writersOf(folder.path('docstrings'), functions, queryOf),
      ...(source === undefined ? {} : { source: SOURCE_WORDS[source] }),
      documents,
      places: functions.map((fn) => `${fn.repository}/${fn.path}:${fn.startLine} ${fn.qualifiedName}`),
      threshold: readJson<MixtureRecord>(folder.path('mixture')).threshold,
    }),
  );
};
