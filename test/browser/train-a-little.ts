import { infoNceValueAndGradients } from '../../src/losses/host/index.js';
import {
  type DeviceRequest,
  type EmbeddingLoss,
  type ModelFiles,
  OnnxEncoder,
  type OnnxRuntime,
  OnnxTrainer,
} from '../../src/onnx/index.js';

const QUERIES = ['sorts a list', 'reads a file', 'x'];
const DOCUMENTS = ['quick sort of numbers in a list', 'open(path).read()', 'f(x) = x'];

/** InfoNCE between the first and the second half of the rows. */
const loss: EmbeddingLoss = ({ data, columns }) => {
  const border = QUERIES.length * columns;
  const half = (values: Float32Array) => ({ data: values, rows: QUERIES.length, columns });
  const { value, gradients } = infoNceValueAndGradients(
    half(data.subarray(0, border)),
    half(data.subarray(border)),
    { temperature: 0.5 },
  );
  const gradient = new Float32Array(data.length);
  gradient.set(gradients[0].data);
  gradient.set(gradients[1].data, border);
  return { value, gradient };
};

/** What a model says before and after three steps; the same in a page and in Node. */
export const trainALittle = async (
  from: string | ModelFiles,
  options: { readonly runtime?: OnnxRuntime; readonly device?: DeviceRequest },
) => {
  const encoder = await OnnxEncoder.load(from, options);
  const trainer = await OnnxTrainer.create(encoder);
  const texts = [...QUERIES, ...DOCUMENTS];
  const tokens = encoder.tokenize(texts, 'document');
  const before = [...(await encoder.embed(texts)).data];
  const losses: number[] = [];
  const norms: number[] = [];
  for (let step = 0; step < 3; step++) {
    const record = await trainer.step(tokens, loss, 1e-3);
    losses.push(record.loss);
    norms.push(record.gradientNorm);
  }
  const after = [...(await encoder.embed(texts)).data];
  const files = await trainer.files();
  await trainer.close();
  await encoder.close();
  return { texts, before, losses, norms, after, files };
};
