import type { Dimension, Value } from '../graph/graph.js';
import { GraphBuilder } from '../graph/graph-builder.js';

/** All tokens of a batch, place by place: token t of text b stands in row t · batch + b. */
export const ROWS = 'length·batch';

/** A graph with a model's inputs, in which blocks ask for weights by name. */
export class ModelGraph extends GraphBuilder {
  readonly #weights = new Map<string, Value>();
  /** [batch, length] */
  readonly ids: Value;
  /** [batch, length], 1 for a token and 0 for padding. */
  readonly mask: Value;
  /** [batch, length], which text of a pair a token belongs to; null where every token is of type 0. */
  readonly types: Value | null;

  constructor({ pairs = false }: { readonly pairs?: boolean } = {}) {
    super();
    this.ids = this.input('input_ids', 'int64', ['batch', 'length']);
    this.mask = this.input('attention_mask', 'int64', ['batch', 'length']);
    this.types = pairs ? this.input('token_type_ids', 'int64', ['batch', 'length']) : null;
    this.nameSize('batch', this.ids, 0);
    this.nameSize('length', this.ids, 1);
  }

  /** A weight of the model, an input of the graph. */
  weight(name: string, shape: readonly Dimension[]): Value {
    const known = this.#weights.get(name);
    if (known !== undefined) return known;
    const value = this.input(name, 'float32', shape);
    this.#weights.set(name, value);
    return value;
  }

  get weights(): ReadonlyMap<string, Value> {
    return this.#weights;
  }
}
