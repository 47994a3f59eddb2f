/** What went wrong with a call to a model service. */
export type ModelErrorKind =
  /** The service answered with a status that a retry would not change (400, 401, 404, …). */
  | 'status'
  /** The service kept refusing for now (408, 409, 425, 429, 5xx). */
  | 'unavailable'
  /** No complete answer within the time limit. */
  | 'timeout'
  /** The connection could not be made or was cut. */
  | 'network'
  /** The answer was not what the protocol promises: broken JSON, a wrong count or size of vectors, NaN. */
  | 'malformed'
  /** The request could not be sent within its limits: an input too long, a request above the token budget. */
  | 'limit'
  /** The money budget would be exceeded. */
  | 'budget'
  /** One request after the other failed for good: the service is down, so none is sent any more. */
  | 'outage';

/** A failed call to a model service. Its message never holds a key. */
export class ModelError extends Error {
  override readonly name = 'ModelError';
  readonly kind: ModelErrorKind;
  /** The HTTP status, or null where no answer came. */
  readonly status: number | null;
  /** How often the request was sent. */
  readonly attempts: number;

  constructor(kind: ModelErrorKind, message: string, details: { status?: number; attempts?: number } = {}) {
    super(message);
    this.kind = kind;
    this.status = details.status ?? null;
    this.attempts = details.attempts ?? 0;
  }
}

/** Statuses that say the same of every request: a wrong key, address or model name, or an empty account. */
const HOPELESS = new Set([401, 402, 403, 404, 429]);

/**
 * Whether an error ends a whole stage and not only one row: the money is spent, the caller aborted, the service is
 * down, or it refuses the key, the model or the account.
 *
 * @example
 * ```ts
 * import { endsStage, ModelError } from 'oasis-embed/annotation';
 * console.log(endsStage(new ModelError('status', 'Incorrect API key', { status: 401 }))); // true
 * console.log(endsStage(new ModelError('status', 'This prompt is too long', { status: 400 }))); // false
 * ```
 */
export const endsStage = (error: unknown, signal?: AbortSignal): boolean =>
  signal?.aborted === true ||
  (error instanceof ModelError &&
    (error.kind === 'budget' ||
      error.kind === 'outage' ||
      (error.kind === 'status' && HOPELESS.has(error.status ?? 0))));
