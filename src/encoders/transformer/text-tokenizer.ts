import { Tokenizer } from '@huggingface/tokenizers';
import type { PairFrame } from './pair-tokens.js';
import type { TransformerTokens } from './token-batch.js';

type Json = Readonly<Record<string, unknown>>;

export interface TokenizeLimits {
  /** Tokens a text may have, special ones included. */
  readonly maximumLength: number;
  /** Which end of a text that is too long is cut off; `error` refuses it. */
  readonly overlong: 'cut-end' | 'cut-start' | 'error';
}

const MODELS: readonly string[] = ['WordPiece', 'BPE', 'Unigram'];

/** What a Hugging Face tokenizer.json describes, with special tokens that survive truncation. */
export class TextTokenizer {
  readonly #tokenizer: Tokenizer;
  readonly #before: readonly number[];
  readonly #after: readonly number[];
  /** Of the tokens that a text may have: special ones count where every text gets them. */
  readonly largestId: number;

  /**
   * @param json The parsed tokenizer.json.
   * @param config The parsed tokenizer_config.json.
   * @param lowerCase Whether texts are lower-cased whatever the tokenizer does.
   */
  constructor(
    readonly json: Json,
    readonly config: Json,
    private readonly lowerCase = false,
  ) {
    // Files of early versions name no type: the library tells their models by their fields.
    const { type } = (json.model ?? {}) as Json;
    if (type !== undefined && !MODELS.includes(String(type))) {
      throw new Error(`model.type must be one of ${MODELS.join(', ')}, found ${JSON.stringify(type)}`);
    }
    this.#tokenizer = new Tokenizer(json, config);
    const probe = this.ids('a');
    const full = this.#tokenizer.encode('a').ids;
    const start = full.findIndex((_, i) => probe.every((id, j) => full[i + j] === id));
    if (start < 0) throw new Error('special tokens must stand before and after a text, not within it');
    this.#before = full.slice(0, start);
    this.#after = full.slice(start + probe.length);
    const { added_tokens: added = [] } = json as {
      readonly added_tokens?: readonly { readonly id: number; readonly special?: boolean }[];
    };
    // Gemma 3's tokenizer has one for images, for which its text models have no row.
    const special = new Set(added.filter((token) => token.special === true).map(({ id }) => id));
    let largest = Math.max(0, ...this.#before, ...this.#after);
    for (const id of this.#tokenizer.get_vocab(true).values())
      if (!special.has(id)) largest = Math.max(largest, id);
    this.largestId = largest;
  }

  /** Special tokens that every text gets. */
  get specialTokens(): number {
    return this.#before.length + this.#after.length;
  }

  /** Tokens of the longest text by the tokenizer's own account. */
  get maximumLength(): number {
    const { model_max_length: length } = this.config;
    return typeof length === 'number' && length > 0 ? length : Number.POSITIVE_INFINITY;
  }

  /** The end of a text that is too long to keep, by the tokenizer's own account. */
  get cut(): 'cut-end' | 'cut-start' {
    return this.config.truncation_side === 'left' ? 'cut-start' : 'cut-end';
  }

  /** The id of the padding token, where the tokenizer names one. */
  get paddingId(): number | undefined {
    const named = this.config.pad_token;
    const token =
      typeof named === 'object' && named !== null ? (named as { content?: unknown }).content : named;
    return typeof token === 'string' ? this.#tokenizer.token_to_id(token) : undefined;
  }

  /**
   * @throws {RangeError} Naming the text that is too long, when `overlong` is `error`.
   */
  encode(texts: readonly string[], { maximumLength, overlong }: TokenizeLimits): TransformerTokens {
    const room = maximumLength - this.specialTokens;
    const offsets = new Uint32Array(texts.length + 1);
    const ids: number[] = [];
    texts.forEach((text, i) => {
      let core = this.ids(text);
      if (core.length > room) {
        if (overlong === 'error') {
          throw new RangeError(
            `texts[${i}] must have at most ${maximumLength} tokens, received ${core.length + this.specialTokens}`,
          );
        }
        core = overlong === 'cut-end' ? core.slice(0, room) : core.slice(core.length - room);
      }
      for (const part of [this.#before, core, this.#after]) for (const id of part) ids.push(id);
      offsets[i + 1] = ids.length;
    });
    return { length: texts.length, offsets, ids: Int32Array.from(ids) };
  }

  /**
   * What stands around the texts of a pair.
   *
   * @throws Error when the tokenizer has no form for pairs.
   */
  get pairFrame(): PairFrame {
    const [first, second] = [this.ids('a'), this.ids('b')];
    const { ids, token_type_ids: types } = this.#tokenizer.encode('a', {
      text_pair: 'b',
      return_token_type_ids: true,
    });
    const find = (wanted: readonly number[], from: number) =>
      ids.findIndex((_, i) => i >= from && wanted.every((id, j) => ids[i + j] === id));
    const start = find(first, 0);
    const end = start + first.length;
    const other = find(second, end);
    if (start < 0 || other < 0) throw new Error('the tokenizer has no form for pairs of texts');
    const part = (from: number, to?: number) => ({ ids: ids.slice(from, to), types: types.slice(from, to) });
    return {
      before: part(0, start),
      between: part(end, other),
      after: part(other + second.length),
      firstType: types[start]!,
      secondType: types[other]!,
    };
  }

  /** The tokens of a text, without special ones and however many there are. */
  ids(text: string): number[] {
    const shown = this.lowerCase ? text.toLowerCase() : text;
    return this.#tokenizer.encode(shown, { add_special_tokens: false }).ids;
  }

  /**
   * What each token stands for, by its id: its text without marks of a word's beginning or continuation. Special tokens
   * and those that stand for no text are left out.
   */
  spelledTokens(): Map<number, string> {
    const { added_tokens: added = [], model } = this.json as {
      readonly added_tokens?: readonly { readonly id: number; readonly special?: boolean }[];
      readonly model?: { readonly type?: string; readonly continuing_subword_prefix?: string };
    };
    const special = new Set(added.filter((token) => token.special === true).map(({ id }) => id));
    const prefix = model?.type === 'WordPiece' ? (model.continuing_subword_prefix ?? '##') : '';
    const spelled = new Map<number, string>();
    for (const id of [...this.#tokenizer.get_vocab(true).values()].sort((a, b) => a - b)) {
      if (special.has(id)) continue;
      const decoded = this.#tokenizer.decode([id], { skip_special_tokens: true });
      const isContinued = prefix !== '' && decoded.startsWith(prefix) && decoded.length > prefix.length;
      const text = (isContinued ? decoded.slice(prefix.length) : decoded).trim();
      if (text !== '' && !text.includes('\ufffd')) spelled.set(id, text);
    }
    return spelled;
  }
}
