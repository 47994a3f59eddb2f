import type { DropoutDescription } from '../../encoders/description/index.js';
import type { Dimension, Value } from '../graph/graph.js';
import { GraphBuilder } from '../graph/graph-builder.js';

/** All tokens of a batch, place by place: token t of text b stands in row t · batch + b. */
export const ROWS = 'length·batch';

/** A mask, and the share of its numbers that are false. */
export interface DropoutMask {
  readonly value: Value;
  readonly rate: number;
}

export interface ModelGraphOptions {
  /** How much is dropped at each place. @defaultValue nothing */
  readonly rates?: Partial<DropoutDescription>;
  /** Whether texts are pairs, whose tokens have types. @defaultValue false */
  readonly pairs?: boolean;
}

/** A graph with a model's inputs, in which blocks ask for weights by name. */
export class ModelGraph extends GraphBuilder {
  readonly #weights = new Map<string, Value>();
  readonly #masks: DropoutMask[] = [];
  readonly #borders: Value[] = [];
  /** [batch, length] */
  readonly ids: Value;
  /** [batch, length], 1 for a token and 0 for padding. */
  readonly mask: Value;
  /** [batch, length], which text of a pair a token belongs to; null where every token is of type 0. */
  readonly types: Value | null;
  readonly #rates: Partial<DropoutDescription>;

  constructor({ rates = {}, pairs = false }: ModelGraphOptions = {}) {
    super();
    this.#rates = rates;
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

  /** 0 where nothing is dropped. */
  dropoutRate(place: keyof DropoutDescription): number {
    return this.#rates[place] ?? 0;
  }

  /** What a place drops, an input of the graph: true is kept. */
  dropoutMask(name: string, shape: readonly Dimension[], rate: number): Value {
    const value = this.input(name, 'bool', shape);
    this.#masks.push({ value, rate });
    return value;
  }

  get masks(): readonly DropoutMask[] {
    return this.#masks;
  }

  /** Notes what one layer hands to the next. */
  addBorder(value: Value): void {
    this.#borders.push(value);
  }

  get borders(): readonly Value[] {
    return this.#borders;
  }

  get weights(): ReadonlyMap<string, Value> {
    return this.#weights;
  }
}
