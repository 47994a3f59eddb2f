import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { writeFolder } from '../../numerics/index.js';
import { matMul } from '../../numerics/tensors/index.js';
import { type LazyTensor, writeSafetensors } from '../safetensors.js';
import type { ParameterPart, ParameterSpec } from './parameter-specs.js';
import type { Parameters } from './parameters.js';
import type { ModelFolder } from './read-model-folder.js';
import { formatSavedConfig } from './saved-config.js';
import { densePath, formatSentenceTransformersFiles } from './sentence-transformers-files.js';

const partOf = (
  parameters: Parameters,
  spec: ParameterSpec,
  part: ParameterPart,
  start: number,
  merged: boolean,
): tf.Tensor =>
  tf.tidy(() => {
    const whole = parameters.get(spec.name);
    if (spec.shape.length === 1) return tf.slice(whole, [start], [part.columns]);
    const own = tf.slice(whole as tf.Tensor2D, [0, start], [-1, part.columns]);
    const update = merged ? parameters.updates.get(part.name.replace(/\.weight$/, '')) : undefined;
    const value = update === undefined ? own : tf.add(own, tf.mul(matMul(update.a, update.b), update.scale));
    return spec.transposed ? tf.transpose(value) : value;
  });

/**
 * The model as the tensors of checkpoints, every linear map [out, in]: by the files that hold them, relative to the folder.
 *
 * @param merged Whether low-rank updates are added to their weights, or left out.
 */
export const checkpointTensors = (
  parameters: Parameters,
  merged = true,
): Map<string, Map<string, LazyTensor>> => {
  const files = new Map<string, Map<string, LazyTensor>>();
  for (const spec of parameters.specs) {
    const { dense } = spec;
    const file = dense === null ? 'model.safetensors' : `${densePath(dense)}/model.safetensors`;
    const tensors = files.get(file) ?? new Map<string, LazyTensor>();
    files.set(file, tensors);
    let start = 0;
    for (const part of spec.parts) {
      const at = start;
      const [rows] = spec.shape;
      const shape =
        spec.shape.length === 1
          ? [part.columns]
          : spec.transposed
            ? [part.columns, rows!]
            : [rows!, part.columns];
      tensors.set(dense === null ? part.name : part.name.replace(`dense.${dense}.`, ''), {
        shape,
        async read() {
          const tensor = partOf(parameters, spec, part, at, merged);
          try {
            return await tensor.data<'float32'>();
          } finally {
            tensor.dispose();
          }
        },
      });
      start += part.columns;
    }
  }
  return files;
};

/** Writes a folder that sentence-transformers and `readModelFolder` read: whole or not at all. */
export const writeModelFolder = async (
  directory: string,
  {
    model,
    configJson,
    tokenizerFiles,
    settings,
  }: Pick<ModelFolder, 'model' | 'configJson' | 'tokenizerFiles' | 'settings'>,
  parameters: Parameters,
  merged = true,
): Promise<void> => {
  const { architecture, width } = model.transformer;
  const texts = new Map([
    ...tokenizerFiles,
    ...formatSentenceTransformersFiles(settings, width),
    ['config.json', formatSavedConfig(configJson, architecture)],
  ]);
  const write = async (temporary: string) => {
    const place = async (name: string) => {
      await mkdir(dirname(join(temporary, name)), { recursive: true });
      return join(temporary, name);
    };
    for (const [name, tensors] of checkpointTensors(parameters, merged))
      await writeSafetensors(await place(name), tensors, { format: 'pt' });
    for (const [name, text] of texts) await writeFile(await place(name), text);
  };
  await writeFolder(directory, write, { last: 'config.json' });
};
