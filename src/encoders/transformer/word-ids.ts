type Json = Readonly<Record<string, unknown>>;

/** Words that are kept; code repeats few of them most of the time. */
const KEPT = 1 << 16;
const LONGEST = 40;
/** ASCII alone: elsewhere a mark may belong to the letter before it. */
const PLAIN = /^[\x20-\x7e\t\n\r]*$/;
const WORDS = /[A-Za-z0-9]+|[^A-Za-z0-9\s]/g;

const isBertNormalizer = (normalizer: Json): boolean => normalizer.type === 'BertNormalizer';

/** Whether a normalizer turns each word into the same text wherever it stands. */
const isByWord = (normalizer: Json | null | undefined, wordStarts: string): boolean => {
  if (normalizer === null || normalizer === undefined) return false;
  if (isBertNormalizer(normalizer)) return true;
  const parts = (normalizer.type === 'Sequence' ? (normalizer.normalizers ?? []) : []) as readonly Json[];
  return (
    parts.length === 2 &&
    ((parts[0]!.pattern ?? {}) as Json).Regex === wordStarts &&
    isBertNormalizer(parts[1]!)
  );
};

/**
 * The tokens of texts word by word, each word looked up once.
 *
 * Null for tokenizers other than BERT's, whose words depend on what stands around them.
 *
 * @param wordStarts The pattern at which identifiers are split, if they are.
 */
export const wordIds = (
  json: Json,
  wordStarts: string,
  ids: (text: string) => readonly number[],
): ((text: string) => readonly number[]) | null => {
  const {
    normalizer,
    pre_tokenizer: words,
    model,
    added_tokens: added = [],
  } = json as Json & {
    readonly added_tokens?: readonly { readonly content: string }[];
  };
  const isBert =
    (words as Json | null)?.type === 'BertPreTokenizer' && (model as Json | undefined)?.type === 'WordPiece';
  if (!isBert || !isByWord(normalizer as Json, wordStarts)) return null;
  const known = new Map<string, readonly number[]>();
  const special = added.map(({ content }) => content);
  return (text) => {
    if (!PLAIN.test(text) || special.some((token) => text.includes(token))) return ids(text);
    const all: number[] = [];
    for (const [word] of text.matchAll(WORDS)) {
      let own = known.get(word);
      if (own === undefined) {
        own = ids(word);
        if (known.size >= KEPT) known.clear();
        if (word.length <= LONGEST) known.set(word, own);
      }
      for (const id of own) all.push(id);
    }
    return all;
  };
};
