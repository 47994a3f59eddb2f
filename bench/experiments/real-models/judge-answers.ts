/**
 * Answers a second of a chat model in this process as judge, and what it says of negatives whose truth is known.
 *
 *   OASIS_NODE_LLAMA_CPP=$(.ci/node-llama-cpp) npx tsx bench/experiments/real-models/judge-answers.ts --run runs/lsa \
 *     --model $(.ci/real-models)/SmolLM2-135M-Instruct/model.gguf --per-kind 5
 */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import type { StoredFunction } from '../../../examples/oasis-full/corpus/stored-function.js';
import { readJsonLines } from '../../../examples/oasis-full/store/json-lines.js';
import { inProcessChatModel, loadGgufChatModel } from '../../../src/annotation/index.js';
import { chatJudge, isFalseNegative, plantNegatives } from '../../../src/refinement/index.js';
import { casesOf } from './measure-agreement.js';

const { values } = parseArgs({
  options: {
    run: { type: 'string' },
    model: { type: 'string' },
    'per-kind': { type: 'string', default: '5' },
    threads: { type: 'string', default: '1' },
  },
});
const { run, model: file } = values;
if (run === undefined || file === undefined) throw new Error('--run and --model are missing');
const installed = process.env.OASIS_NODE_LLAMA_CPP;
const load =
  installed === undefined
    ? undefined
    : () =>
        import(pathToFileURL(createRequire(join(installed, 'package.json')).resolve('node-llama-cpp')).href);

const functions: (StoredFunction & { readonly docstring: string })[] = [];
for await (const fn of readJsonLines<StoredFunction>(join(run, 'functions.jsonl')))
  if (fn.documented && fn.split === 'train') functions.push({ ...fn, docstring: fn.summary! });
const planted = await plantNegatives(functions, { perKind: Number(values['per-kind']) });
const model = await loadGgufChatModel(file, {
  contextTokens: 2048,
  threads: Number(values.threads),
  ...(load === undefined ? {} : { load }),
});
try {
  for (const reading of ['comparative', 'satisfies'] as const) {
    const judge = chatJudge(inProcessChatModel(model), {
      reading,
      maxCodeTokens: 300,
      tokenCounter: model.tokenCounter,
    });
    const counts = { answers: 0, invalid: 0, ofFalse: 0, ofTrue: 0, falseOnes: 0, trueOnes: 0 };
    const started = performance.now();
    for (const [i, one] of casesOf(functions, planted).entries()) {
      const { outcome } = await judge.decide({ ...one, treeRatio: Number.NaN }, { seed: 0 });
      const isFalse = isFalseNegative(planted.kind[i]!);
      counts.answers++;
      counts.invalid += Number(outcome === 'invalid');
      counts[isFalse ? 'falseOnes' : 'trueOnes']++;
      if (outcome === 'raise') counts[isFalse ? 'ofFalse' : 'ofTrue']++;
    }
    const seconds = (performance.now() - started) / 1000;
    console.log(
      `${reading}: ${counts.answers} answers in ${seconds.toFixed(0)} s (${(counts.answers / seconds).toFixed(2)} a second), ` +
        `${counts.invalid} invalid; accepts ${counts.ofFalse} of ${counts.falseOnes} false negatives and ` +
        `${counts.ofTrue} of ${counts.trueOnes} true ones`,
    );
  }
} finally {
  await model.close();
}
