import { writeFileSync } from 'node:fs';
import { createRandom } from '../../../src/numerics/index.js';

/** A field of a header: numbers are of 32 bits, lists are of texts or of whole numbers. */
type Field = string | number | readonly string[] | readonly number[];

/** A tensor of float32; the first dimension is that of a row. */
interface Tensor {
  readonly dimensions: readonly number[];
  readonly values: Float32Array;
}

const ALIGNMENT = 32;

const uint32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
};
const uint64 = (value: number): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
};
const float32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return bytes;
};
const text = (value: string): Buffer => Buffer.concat([uint64(Buffer.byteLength(value)), Buffer.from(value)]);

const fieldOf = (value: Field): Buffer => {
  if (typeof value === 'string') return Buffer.concat([uint32(8), text(value)]);
  if (typeof value === 'number')
    return Number.isInteger(value)
      ? Buffer.concat([uint32(4), uint32(value)])
      : Buffer.concat([uint32(6), float32(value)]);
  const items = value.map((item) => (typeof item === 'string' ? text(item) : uint32(item)));
  return Buffer.concat([
    uint32(9),
    uint32(typeof value[0] === 'string' ? 8 : 5),
    uint64(value.length),
    ...items,
  ]);
};

const padding = (length: number): Buffer => Buffer.alloc((ALIGNMENT - (length % ALIGNMENT)) % ALIGNMENT);

/** A GGUF file of version 3. */
export const writeGguf = (
  path: string,
  fields: Readonly<Record<string, Field>>,
  tensors: Readonly<Record<string, Tensor>> = {},
): void => {
  const head = [
    Buffer.from('GGUF'),
    uint32(3),
    uint64(Object.keys(tensors).length),
    uint64(Object.keys(fields).length),
    ...Object.entries(fields).flatMap(([name, value]) => [text(name), fieldOf(value)]),
  ];
  const data: Buffer[] = [];
  let offset = 0;
  for (const [name, { dimensions, values }] of Object.entries(tensors)) {
    head.push(text(name), uint32(dimensions.length), ...dimensions.map(uint64), uint32(0), uint64(offset));
    const bytes = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
    data.push(bytes, padding(bytes.length));
    offset += bytes.length + padding(bytes.length).length;
  }
  const header = Buffer.concat(head);
  writeFileSync(path, Buffer.concat([header, padding(header.length), ...data]));
};

const TEMPLATE =
  "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n'}}" +
  "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}";

/** The printable characters by which byte-level vocabularies write the 256 bytes. */
const byteLetters = (): string[] => {
  const printable = (byte: number) =>
    (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
  let next = 256;
  return Array.from({ length: 256 }, (_, byte) => String.fromCharCode(printable(byte) ? byte : next++));
};

/** A chat model of two small layers with random weights: what it says is nonsense, and comes in no time. */
export const writeTinyChatModel = (path: string): void => {
  const [width, inner, layers, heads] = [32, 64, 2, 2];
  const tokens = ['<|im_start|>', '<|im_end|>', ...byteLetters(), 'th'];
  const random = createRandom(5);
  const tensor = (...dimensions: number[]): Tensor => ({
    dimensions,
    values: Float32Array.from({ length: dimensions.reduce((a, b) => a * b, 1) }, () =>
      dimensions.length === 1 ? 1 : random.uniform() - 0.5,
    ),
  });
  const layer = (i: number): Record<string, Tensor> => ({
    [`blk.${i}.attn_norm.weight`]: tensor(width),
    [`blk.${i}.attn_q.weight`]: tensor(width, width),
    [`blk.${i}.attn_k.weight`]: tensor(width, width),
    [`blk.${i}.attn_v.weight`]: tensor(width, width),
    [`blk.${i}.attn_output.weight`]: tensor(width, width),
    [`blk.${i}.ffn_norm.weight`]: tensor(width),
    [`blk.${i}.ffn_gate.weight`]: tensor(width, inner),
    [`blk.${i}.ffn_up.weight`]: tensor(width, inner),
    [`blk.${i}.ffn_down.weight`]: tensor(inner, width),
  });
  writeGguf(
    path,
    {
      'general.architecture': 'llama',
      'general.alignment': ALIGNMENT,
      'llama.context_length': 8192,
      'llama.embedding_length': width,
      'llama.block_count': layers,
      'llama.feed_forward_length': inner,
      'llama.attention.head_count': heads,
      'llama.attention.head_count_kv': heads,
      'llama.attention.layer_norm_rms_epsilon': 1e-5,
      'llama.rope.dimension_count': width / heads,
      'llama.vocab_size': tokens.length,
      'tokenizer.ggml.model': 'gpt2',
      'tokenizer.ggml.pre': 'gpt-2',
      'tokenizer.ggml.tokens': tokens,
      'tokenizer.ggml.token_type': tokens.map((_, i) => (i < 2 ? 3 : 1)),
      'tokenizer.ggml.merges': ['t h'],
      'tokenizer.ggml.bos_token_id': 0,
      'tokenizer.ggml.eos_token_id': 1,
      'tokenizer.chat_template': TEMPLATE,
    },
    {
      'token_embd.weight': tensor(width, tokens.length),
      'output_norm.weight': tensor(width),
      'output.weight': tensor(width, tokens.length),
      ...layer(0),
      ...layer(1),
    },
  );
};
