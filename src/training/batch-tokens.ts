import type { Encoder, TextList, TextRole, TokenizedTexts } from '../encoders/index.js';

/** The tokens of some rows of a side of the dataset, in their order. */
export type BatchTokens<Tokens extends TokenizedTexts> = (rows: Uint32Array) => Tokens;

/** Texts in memory are tokenized once; of others those of a batch are read and tokenized when its turn comes. */
export const batchTokens = <Tokens extends TokenizedTexts>(
  encoder: Pick<Encoder<Tokens>, 'tokenize' | 'select'>,
  texts: TextList,
  role: TextRole,
): BatchTokens<Tokens> => {
  if (!Array.isArray(texts)) return (rows) => encoder.tokenize(textsAt(texts, rows), role);
  const tokens = encoder.tokenize(texts as readonly string[], role);
  return (rows) => encoder.select(tokens, rows);
};

const textsAt = (texts: TextList, rows: Uint32Array): string[] =>
  Array.from(rows, (row) => {
    const text = texts.at(row);
    if (text === undefined) throw new RangeError(`texts must have a row ${row}, found ${texts.length} rows`);
    return text;
  });
