import { existsSync } from 'node:fs';
import { explainPair } from 'oasis-embed/refinement';
import { pairTexts } from './annotation/annotated-functions.js';
import { readPairs } from './pairs.js';
import type { RefinementRow } from './refinement/refinement-rows.js';
import { createRunFolder, readAllJsonLines, readJson } from './run-folder.js';
import { trainingFunctions } from './stages/annotation.js';
import type { MixtureRecord } from './threshold.js';

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
  const { queries, documents } = pairTexts(functions);
  console.log(
    explainPair(number, {
      pairs,
      records: await readAllJsonLines<RefinementRow>(folder.path('refinement')),
      queries,
      documents,
      places: functions.map((fn) => `${fn.repository}/${fn.path}:${fn.startLine} ${fn.qualifiedName}`),
      threshold: readJson<MixtureRecord>(folder.path('mixture')).threshold,
    }),
  );
};
