/** Why something did not come from the hub. */
export type HubErrorKind =
  | 'offline'
  | 'unreachable'
  | 'not-found'
  | 'no-revision'
  | 'no-access'
  | 'gated'
  | 'refused'
  | 'damaged'
  | 'no-package';

/** Something did not come from the hub; the message says what to do. */
export class HubError extends Error {
  override readonly name = 'HubError';

  constructor(
    readonly kind: HubErrorKind,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
