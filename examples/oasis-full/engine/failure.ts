import { StoreError } from '../store/store-error.js';

/** A failure as plain data, to cross threads and queues. */
export interface Failure {
  readonly name: string;
  readonly message: string;
  readonly code?: string;
  readonly path?: string;
  /** The whole run must stop: no other shard would fare better, and nothing is wrong with this one. */
  readonly fatal: boolean;
}

/** The disk, or the budget: both are mended from outside, and the same command goes on afterwards. */
const isFatal = (error: unknown): boolean =>
  error instanceof StoreError ||
  (error instanceof Error && error.name === 'ModelError' && (error as { kind?: unknown }).kind === 'budget');

export const describeFailure = (error: unknown): Failure => {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error), fatal: false };
  return {
    name: error.name,
    message: error.message,
    fatal: isFatal(error),
    ...(error instanceof StoreError ? { code: error.code, path: error.path } : {}),
  };
};

/** The error again, on the other side. */
export const reviveFailure = ({ name, message, code, path }: Failure): Error => {
  if (code !== undefined && path !== undefined) return new StoreError(code, path, message);
  const error = new Error(message);
  error.name = name;
  return error;
};
