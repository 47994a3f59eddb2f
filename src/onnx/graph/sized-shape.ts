import type { Dimension } from './graph.js';

/** The numbers behind the names of dimensions. */
export type Sizes = Readonly<Record<string, number>>;

/** A shape with numbers for names; a product of names is written with `·`. */
export const sizedShape = (shape: readonly Dimension[], sizes: Sizes): number[] =>
  shape.map((dimension) => {
    if (typeof dimension === 'number') return dimension;
    return dimension.split('·').reduce((product, name) => {
      const size = /^\d+$/.test(name) ? Number(name) : sizes[name];
      if (size === undefined) throw new Error(`no size is given for the dimension ${name}`);
      return product * size;
    }, 1);
  });
