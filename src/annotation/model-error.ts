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
  | 'budget';

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

/** Whether an error ends a whole stage (money spent, or aborted by the caller) and not only one row. */
export const endsStage = (error: unknown, signal?: AbortSignal): boolean =>
  signal?.aborted === true || (error instanceof ModelError && error.kind === 'budget');
