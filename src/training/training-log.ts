import { appendFile, mkdir } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { streamText } from '../numerics/index.js';
import { type EventContent, eventRecord } from './tensorboard-events.js';
import type { EvaluationRecord, StepRecord } from './training-records.js';

/** Writes what happens in a training to files that other tools read. */
export interface TrainingLog {
  step(record: StepRecord): Promise<void>;
  evaluation(record: EvaluationRecord): Promise<void>;
}

const line = (record: StepRecord | EvaluationRecord) => `${JSON.stringify(record)}\n`;

const stepScalars = ({ loss, infoNce, cosent, learningRate, gradientNorm }: StepRecord) => ({
  'train/loss': loss,
  'train/infoNce': infoNce,
  'train/cosent': cosent,
  'train/learningRate': learningRate,
  'train/gradientNorm': gradientNorm,
});

/**
 * Opens metrics.jsonl, one record per line, and a new TensorBoard event file in `directory`.
 *
 * A resumed run starts metrics.jsonl with what its checkpoint knows, so no step appears twice; TensorBoard is told to
 * discard later steps of the earlier file.
 *
 * @param seconds The clock, since 1970.
 */
export const openTrainingLog = async (
  directory: string,
  history: { readonly steps: readonly StepRecord[]; readonly evaluations: readonly EvaluationRecord[] },
  seconds = () => Date.now() / 1000,
): Promise<TrainingLog> => {
  await mkdir(directory, { recursive: true });
  const metrics = join(directory, 'metrics.jsonl');
  const known = [...history.steps, ...history.evaluations];
  // An evaluation of step s saw the weights after s steps: it stands before the record of step s.
  const before = (record: StepRecord | EvaluationRecord) => ('mrr' in record ? 0 : 1);
  known.sort((a, b) => a.step - b.step || before(a) - before(b));
  await streamText(metrics, known.map(line));
  const start = Math.floor(seconds());
  const events = join(directory, `events.out.tfevents.${start}.${hostname()}.${process.pid}`);
  const write = (content: EventContent) => appendFile(events, eventRecord(content, seconds()));
  await write({ kind: 'version' });
  if (history.steps.length > 0) await write({ kind: 'restart', step: history.steps.length });
  return {
    async step(record) {
      await appendFile(metrics, line(record));
      await write({ kind: 'scalars', step: record.step, values: stepScalars(record) });
    },
    async evaluation(record) {
      await appendFile(metrics, line(record));
      await write({ kind: 'scalars', step: record.step, values: { 'validation/mrr': record.mrr } });
    },
  };
};
