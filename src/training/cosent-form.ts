import type { CosentNormalization } from '../losses/index.js';
import { checkOptions, type OptionNames } from '../numerics/index.js';

/** The options of the CoSENT term that training may set. */
export interface CosentForm {
  /**
   * Which pairs of a batch are ordered: `all`, as published, or only pairs of one `query`. Labels of different queries
   * are comparable where a strong model gave them; those of a weak one often are not.
   * @defaultValue 'all'
   */
  readonly groups?: 'all' | 'query';
  /**
   * m: two labels are ordered when they differ by more than this. Differences below a labeler's own error teach nothing.
   * @defaultValue 0
   */
  readonly margin?: number;
  /**
   * Takes the number of ordered pairs, with which the loss grows, out of it: `pairs` out of the value alone, `mean` out
   * of the gradient too.
   * @defaultValue 'none'
   */
  readonly normalize?: CosentNormalization;
  /** τ of this term. @defaultValue that of both terms */
  readonly temperature?: number;
}

const COSENT_FORM: OptionNames<CosentForm> = {
  groups: true,
  margin: true,
  normalize: true,
  temperature: true,
};

const GROUPS: readonly string[] = ['all', 'query'];
const NORMALIZATIONS: readonly string[] = ['none', 'pairs', 'mean'];

/** @throws {RangeError} Naming an option that is out of its range. */
export const checkCosentForm = (form: CosentForm): void => {
  checkOptions('cosent', form, COSENT_FORM);
  const { groups = 'all', margin = 0, normalize = 'none', temperature } = form;
  if (!GROUPS.includes(groups)) {
    throw new RangeError(`cosent.groups must be one of ${GROUPS.join(', ')}, received ${groups}`);
  }
  if (!NORMALIZATIONS.includes(normalize)) {
    throw new RangeError(
      `cosent.normalize must be one of ${NORMALIZATIONS.join(', ')}, received ${normalize}`,
    );
  }
  if (!(Number.isFinite(margin) && margin >= 0)) {
    throw new RangeError(`cosent.margin must be at least 0, received ${margin}`);
  }
  if (temperature !== undefined && !(Number.isFinite(temperature) && temperature > 0)) {
    throw new RangeError(`cosent.temperature must be above 0, received ${temperature}`);
  }
};
