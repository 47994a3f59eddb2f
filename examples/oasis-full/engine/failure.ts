import { endsStage, ModelError, type ModelErrorKind } from 'oasis-embed/annotation';
import { StoreError } from '../store/store-error.js';
import { NeedsChoice } from './needs-choice.js';
import { Unfinished } from './unfinished.js';

/** A failure as plain data, to cross threads and queues. */
export interface Failure {
  readonly name: string;
  readonly message: string;
  readonly code?: string;
  readonly path?: string;
  /** Of a model's failure. */
  readonly kind?: ModelErrorKind;
  readonly status?: number;
  /** The whole run must stop: no other shard would fare better, and nothing is wrong with this one. */
  readonly fatal: boolean;
}

/** The disk, the budget, a service that is down, a choice: mended from outside, and the command goes on afterwards. */
const isFatal = (error: unknown): boolean =>
  error instanceof StoreError ||
  error instanceof Unfinished ||
  error instanceof NeedsChoice ||
  endsStage(error);

export const describeFailure = (error: unknown): Failure => {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error), fatal: false };
  return {
    name: error.name,
    message: error.message,
    fatal: isFatal(error),
    ...(error instanceof StoreError ? { code: error.code, path: error.path } : {}),
    ...(error instanceof ModelError
      ? { kind: error.kind, ...(error.status === null ? {} : { status: error.status }) }
      : {}),
  };
};

/** The error again, on the other side. */
export const reviveFailure = ({ name, message, code, path, kind, status }: Failure): Error => {
  if (kind !== undefined) return new ModelError(kind, message, status === undefined ? {} : { status });
  if (code !== undefined && path !== undefined) return new StoreError(code, path, message);
  const error = new Error(message);
  error.name = name;
  return error;
};
