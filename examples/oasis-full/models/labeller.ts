import { LsaEncoder, type LsaOptions } from 'oasis-embed/encoders';

/** The labeller that needs no model: latent semantic analysis of the very texts it labels. */
export const lsaLabeller = (texts: readonly string[], options: LsaOptions): LsaEncoder =>
  LsaEncoder.fit(texts, options);
