import {
  type Encoder,
  SubtokenBagEncoder,
  TransformerEncoder,
  type TransformerOptions,
} from 'oasis-embed/encoders';
import type { OasisDataset } from 'oasis-embed/training';
import type { RunOptions } from '../options/run-options.js';

/** The encoder that a run trains on TensorFlow.js: a new subtoken bag, or the checkpoint that --encoder names. */
export const startingEncoder = async (
  dataset: Pick<OasisDataset, 'queries' | 'documents'>,
  { dimensions, training }: Pick<RunOptions, 'dimensions' | 'training'>,
  seed: number,
): Promise<Encoder> => {
  const { encoder, frozenLayers, maximumLength, queryPrompt } = training;
  if (encoder === null) {
    const { queries, documents } = dataset;
    return SubtokenBagEncoder.fit({ queries, documents }, { dimensions, seed });
  }
  return TransformerEncoder.load(encoder, {
    ...loraOptions(training, seed),
    ...(frozenLayers === 0 ? {} : { frozenLayers }),
    ...(maximumLength === null ? {} : { maximumLength }),
    ...(queryPrompt === null ? {} : { queryPrompt }),
  });
};

/** The low-rank updates that the flags ask for, on either engine. */
export const loraOptions = (
  { loraRank, loraAlpha, loraTargets }: RunOptions['training'],
  seed: number,
): Pick<TransformerOptions, 'lora'> => {
  if (loraRank === null) return {};
  const targets = loraTargets?.length === 1 && loraTargets[0] === 'all-linear' ? 'all-linear' : loraTargets;
  return {
    lora: {
      rank: loraRank,
      seed,
      ...(loraAlpha === null ? {} : { alpha: loraAlpha }),
      ...(targets === null ? {} : { targets }),
    },
  };
};
