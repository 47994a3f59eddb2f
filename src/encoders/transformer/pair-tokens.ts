import type { TransformerTokens } from './token-batch.js';

/** Special tokens of a pair, by their ids and types, and the type of each of its texts. */
export interface PairFrame {
  readonly before: PairPart;
  readonly between: PairPart;
  readonly after: PairPart;
  readonly firstType: number;
  readonly secondType: number;
}

/** Tokens and their types. */
export interface PairPart {
  readonly ids: readonly number[];
  readonly types: readonly number[];
}

/** Pairs of texts as token ids, one after another, and which of both each token belongs to. */
export interface PairTokens extends TransformerTokens {
  readonly types: Int32Array;
}

/** How many tokens of each text stay: the longer one is cut first, as Hugging Face's tokenizers do it. */
export const pairLengths = (first: number, second: number, room: number): readonly [number, number] => {
  if (first + second <= room) return [first, second];
  const short = Math.min(first, second);
  const half = Math.floor(room / 2);
  const [kept, rest] = short <= half ? [short, room - short] : [half, half + (room % 2)];
  return first <= second ? [kept, rest] : [rest, kept];
};

/** Puts the tokens of two texts into the frame. */
export const joinPairs = (
  first: readonly (readonly number[])[],
  second: readonly (readonly number[])[],
  { before, between, after, firstType, secondType }: PairFrame,
  maximumLength: number,
): PairTokens => {
  const room = maximumLength - before.ids.length - between.ids.length - after.ids.length;
  const ids: number[] = [];
  const types: number[] = [];
  const offsets = new Uint32Array(first.length + 1);
  const push = (part: readonly number[], typeOf: (i: number) => number) =>
    part.forEach((id, i) => {
      ids.push(id);
      types.push(typeOf(i));
    });
  first.forEach((own, i) => {
    const other = second[i]!;
    const [a, b] = pairLengths(own.length, other.length, room);
    push(before.ids, (at) => before.types[at]!);
    push(own.slice(0, a), () => firstType);
    push(between.ids, (at) => between.types[at]!);
    push(other.slice(0, b), () => secondType);
    push(after.ids, (at) => after.types[at]!);
    offsets[i + 1] = ids.length;
  });
  return { length: first.length, offsets, ids: Int32Array.from(ids), types: Int32Array.from(types) };
};
