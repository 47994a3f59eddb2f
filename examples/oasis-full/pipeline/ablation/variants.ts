import type { RefinementRules } from '../../refinement/refine-labels.js';

/** What a row of the paper's ablation changes. */
export interface Variant {
  /** For names of files. */
  readonly slug: string;
  readonly name: string;
  readonly rules: RefinementRules;
  readonly weights: 'both' | 'infoNce' | 'cosent';
}

const both = { threshold: true, tree: true };
const neither = { threshold: false, tree: false };

/** The rows of the paper's table, in its order; the first is the whole recipe. */
export const VARIANTS: readonly Variant[] = [
  { slug: 'oasis', name: 'OASIS', rules: both, weights: 'both' },
  { slug: 'no-refinement', name: 'no refinement', rules: neither, weights: 'both' },
  { slug: 'cosent-only', name: 'CoSENT only', rules: both, weights: 'cosent' },
  { slug: 'infonce-only', name: 'InfoNCE only', rules: both, weights: 'infoNce' },
  {
    slug: 'ast-candidates-only',
    name: 'AST candidates only',
    rules: { threshold: false, tree: true },
    weights: 'both',
  },
  {
    slug: 'threshold-candidates-only',
    name: 'threshold candidates only',
    rules: { threshold: true, tree: false },
    weights: 'both',
  },
];

/** The weights of the losses under a variant. */
export const lossWeights = (
  { weights }: Pick<Variant, 'weights'>,
  options: { readonly weightInfoNce: number; readonly weightCosent: number },
): { readonly infoNce: number; readonly cosent: number } =>
  weights === 'both'
    ? { infoNce: options.weightInfoNce, cosent: options.weightCosent }
    : { infoNce: weights === 'infoNce' ? 1 : 0, cosent: weights === 'cosent' ? 1 : 0 };
