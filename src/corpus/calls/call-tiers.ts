import type { CallTier } from '../extraction/code-function.js';

/** From the most to the least trusted. */
export const CALL_TIERS: readonly CallTier[] = ['receiver', 'scope', 'import', 'package', 'unique-name'];

/** The confidence that an edge of each tier is given. */
export const CALL_CONFIDENCE: Readonly<Record<CallTier, number>> = {
  receiver: 0.99,
  scope: 0.99,
  import: 0.99,
  package: 0.9,
  'unique-name': 0.75,
};

/** The function that a call was resolved to, and how; null for none. */
export type FoundCallee = { readonly number: number; readonly tier: CallTier } | null;
