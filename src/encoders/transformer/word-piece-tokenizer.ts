/** Words, numbers and single signs, as BERT's pre-tokenizer splits them. */
const WORDS = /[\p{L}\p{N}\p{M}_]+|[^\s\p{L}\p{N}\p{M}_]/gu;

const SPECIAL = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'] as const;

/** Every printable ASCII sign can be written, whatever the texts hold. */
const ASCII = Array.from({ length: 94 }, (_, i) => String.fromCharCode(33 + i)).filter(
  (c) => !/[A-Z]/.test(c),
);

const added = SPECIAL.map((content, id) => ({
  id,
  content,
  single_word: false,
  lstrip: false,
  rstrip: false,
  normalized: false,
  special: true,
}));

/** The most frequent words of the texts and all their characters, alone and within a word. */
const pieces = (texts: readonly string[], size: number): string[] => {
  const counts = new Map<string, number>();
  const characters = new Set(ASCII);
  for (const text of texts) {
    for (const [word] of text
      .normalize('NFD')
      .replace(/\p{Mn}/gu, '')
      .toLowerCase()
      .matchAll(WORDS)) {
      for (const part of word.split('_')) if (part !== '') counts.set(part, (counts.get(part) ?? 0) + 1);
      for (const character of word) characters.add(character);
    }
  }
  const single = [...characters].sort();
  const words = [...counts]
    .filter(([word]) => word.length > 1)
    .sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
    .map(([word]) => word);
  const all = [...SPECIAL, ...single, ...single.map((character) => `##${character}`), ...words];
  return [...new Set(all)].slice(0, size);
};

/**
 * A lower-casing WordPiece tokenizer over the most frequent words of some texts, as a tokenizer.json: for models
 * that are trained from scratch.
 *
 * @param size At most this many tokens; characters come before words.
 */
export const wordPieceTokenizer = (texts: readonly string[], size: number): Record<string, unknown> => {
  const vocabulary = pieces(texts, size);
  const piece = (id: string, type_id = 0) => ({ SpecialToken: { id, type_id } });
  const special = (id: string) => ({ id, ids: [vocabulary.indexOf(id)], tokens: [id] });
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: added,
    normalizer: {
      type: 'BertNormalizer',
      clean_text: true,
      handle_chinese_chars: true,
      strip_accents: null,
      lowercase: true,
    },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: {
      type: 'TemplateProcessing',
      single: [piece('[CLS]'), { Sequence: { id: 'A', type_id: 0 } }, piece('[SEP]')],
      pair: [
        piece('[CLS]'),
        { Sequence: { id: 'A', type_id: 0 } },
        piece('[SEP]'),
        { Sequence: { id: 'B', type_id: 1 } },
        piece('[SEP]', 1),
      ],
      special_tokens: { '[CLS]': special('[CLS]'), '[SEP]': special('[SEP]') },
    },
    decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
    model: {
      type: 'WordPiece',
      unk_token: '[UNK]',
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
      vocab: Object.fromEntries(vocabulary.map((token, id) => [token, id])),
    },
  };
};

/** The tokenizer_config.json that goes with {@link wordPieceTokenizer}. */
export const wordPieceTokenizerConfig = (maximumLength: number): Record<string, unknown> => ({
  tokenizer_class: 'PreTrainedTokenizerFast',
  model_max_length: maximumLength,
  padding_side: 'right',
  truncation_side: 'right',
  pad_token: '[PAD]',
  unk_token: '[UNK]',
  cls_token: '[CLS]',
  sep_token: '[SEP]',
  mask_token: '[MASK]',
  clean_up_tokenization_spaces: false,
});
