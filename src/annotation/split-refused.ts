import type { DenseMatrix } from '../numerics/index.js';
import { ModelError } from './model-error.js';

/** A text that a service refuses also when it is sent alone. */
export interface RefusedText {
  readonly index: number;
  readonly error: ModelError;
}

/** Statuses by which services refuse a batch that is too large, or one of its texts; a model in this process has none. */
const TOO_MUCH = new Set([400, 413, 422, null]);

/** Texts that are named in a message. */
const NAMED = 5;

/** Sends batches, and halves those that are refused: either the batch is too large, or a text in it is at fault. */
export const createSplitting = () => {
  /** The largest batch that is worth a try. */
  let largest = Number.POSITIVE_INFINITY;

  const embed = async (
    texts: readonly string[],
    send: (texts: readonly string[]) => Promise<DenseMatrix>,
    keep: (start: number, rows: DenseMatrix) => Promise<void>,
    start = 0,
  ): Promise<RefusedText[]> => {
    const halve = async (): Promise<RefusedText[]> => {
      const middle = Math.ceil(texts.length / 2);
      return [
        ...(await embed(texts.slice(0, middle), send, keep, start)),
        ...(await embed(texts.slice(middle), send, keep, start + middle)),
      ];
    };
    if (texts.length > largest) return halve();
    try {
      await keep(start, await send(texts));
      return [];
    } catch (error) {
      if (!(error instanceof ModelError && error.kind === 'status' && TOO_MUCH.has(error.status)))
        throw error;
      if (texts.length === 1) return [{ index: start, error }];
      const refused = await halve();
      // Both halves were taken: it was the size.
      if (refused.length === 0) largest = Math.min(largest, Math.ceil(texts.length / 2));
      return refused;
    }
  };
  return { embed };
};

export const refusedTexts = (refused: readonly RefusedText[], count: number): ModelError => {
  const { message, status } = refused[0]!.error;
  const positions = refused.slice(0, NAMED).map(({ index }) => index);
  const more = refused.length > NAMED ? ` and ${refused.length - NAMED} more` : '';
  return new ModelError(
    'status',
    `texts[${positions.join('], texts[')}]${more} of ${count} texts ${refused.length === 1 ? 'was' : 'were'} refused: ${message}`,
    { ...(status === null ? {} : { status }) },
  );
};
