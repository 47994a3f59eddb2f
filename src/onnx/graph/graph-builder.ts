import type { Attribute, Constant, DataType, Dimension, Graph, GraphNode, Value } from './graph.js';

/** Puts a graph together, node by node. */
export class GraphBuilder {
  readonly #inputs: Value[] = [];
  readonly #constants = new Map<string, Constant>();
  readonly #nodes: GraphNode[] = [];
  readonly #sizes = new Map<string, Value>();
  #count = 0;

  input(name: string, type: DataType, shape: readonly Dimension[]): Value {
    const value = { name, type, shape };
    this.#inputs.push(value);
    return value;
  }

  /** A number everywhere, or numbers in a row: equal ones are held once. */
  floats(data: number | readonly number[]): Value {
    const list = typeof data === 'number' ? [data] : data;
    return this.#constant(typeof data === 'number' ? [] : [list.length], 'float32', list);
  }

  integers(data: number | readonly number[]): Value {
    const list = typeof data === 'number' ? [data] : data;
    return this.#constant(typeof data === 'number' ? [] : [list.length], 'int64', list);
  }

  #constant(shape: readonly number[], type: 'float32' | 'int64', list: readonly number[]): Value {
    const key = `${type}[${shape}]:${list.join()}`;
    const known = this.#constants.get(key);
    if (known !== undefined) return known.value;
    const value = { name: `constant-${this.#constants.size}`, type, shape };
    const data = type === 'float32' ? Float32Array.from(list) : BigInt64Array.from(list, BigInt);
    this.#constants.set(key, { value, data });
    return value;
  }

  /** The numbers of a constant of whole numbers. */
  integersOf(value: Value): number[] {
    const found = [...this.#constants.values()].find((constant) => constant.value === value);
    if (found === undefined) throw new Error(`${value.name} must be a constant of the graph`);
    return Array.from(found.data as BigInt64Array, Number);
  }

  /** A node with one output. */
  add(
    operator: string,
    inputs: readonly (Value | null)[],
    shape: readonly Dimension[],
    attributes: Readonly<Record<string, Attribute>> = {},
    options: { readonly type?: DataType; readonly domain?: 'com.microsoft' } = {},
  ): Value {
    return this.addMany(operator, inputs, [shape], attributes, options)[0]!;
  }

  addMany(
    operator: string,
    inputs: readonly (Value | null)[],
    shapes: readonly (readonly Dimension[])[],
    attributes: Readonly<Record<string, Attribute>> = {},
    { type = 'float32', domain }: { readonly type?: DataType; readonly domain?: 'com.microsoft' } = {},
  ): Value[] {
    const outputs = shapes.map((shape) => ({ name: `${operator}-${this.#count++}`, type, shape }));
    this.#nodes.push({ operator, inputs, outputs, attributes, ...(domain === undefined ? {} : { domain }) });
    return outputs;
  }

  /** Makes the size of an axis of a value known under a name, for shapes that are built when the graph runs. */
  nameSize(name: string, of: Value, axis: number): void {
    const size = this.add('Shape', [of], [1], { start: axis, end: axis + 1 }, { type: 'int64' });
    this.#sizes.set(name, size);
  }

  /** [1], the size of a dimension. */
  size(dimension: Dimension): Value {
    if (typeof dimension === 'number') return this.integers([dimension]);
    const known = this.#sizes.get(dimension);
    if (known !== undefined) return known;
    const factors = dimension.split('·');
    if (factors.length === 1) throw new Error(`the graph knows no size ${dimension}`);
    const product = factors
      .map((factor) => this.size(/^\d+$/.test(factor) ? Number(factor) : factor))
      .reduce((a, b) => this.add('Mul', [a, b], [1], {}, { type: 'int64' }));
    this.#sizes.set(dimension, product);
    return product;
  }

  /** [rank], a shape as a tensor. */
  shapeTensor(shape: readonly Dimension[]): Value {
    if (shape.every((dimension) => typeof dimension === 'number')) return this.integers(shape as number[]);
    const key = shape.join();
    const known = this.#sizes.get(key);
    if (known !== undefined && shape.length > 1) return known;
    const sizes = shape.map((dimension) => this.size(dimension));
    if (sizes.length === 1) return sizes[0]!;
    const joined = this.add('Concat', sizes, [shape.length], { axis: 0 }, { type: 'int64' });
    this.#sizes.set(key, joined);
    return joined;
  }

  /** The same tensor under a name of its own, for an output. */
  alias(value: Value, named: Value): Value {
    this.#nodes.push({ operator: 'Identity', inputs: [value], outputs: [named], attributes: {} });
    return named;
  }

  get nodes(): readonly GraphNode[] {
    return this.#nodes;
  }

  build(outputs: readonly Value[]): Graph {
    return {
      inputs: [...this.#inputs],
      outputs,
      constants: [...this.#constants.values()],
      nodes: [...this.#nodes],
    };
  }
}
