import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OnnxCrossEncoder } from '../../src/onnx/index.js';

const python = process.env.OASIS_PYTHON ?? 'python3';

const queries = [
  'sorts a list of numbers',
  'x',
  'naïve café 🚀',
  'one two three '.repeat(30),
  'reads a file',
  '',
];
const documents = [
  'def quick_sort(xs):\n    return [*quick_sort(xs[1:]), xs[0]]',
  'const f = (list) => list.length;',
  'return list '.repeat(60),
  'sorts numbers '.repeat(40),
  '',
  'open(path).read()',
];

/** Small checkpoints of every architecture with random weights, and what sentence-transformers' CrossEncoder says of the pairs. */
const SCRIPT = `
import json, sys, torch
from pathlib import Path
from sentence_transformers import CrossEncoder
from tokenizers import ByteLevelBPETokenizer
from transformers import (BertConfig, BertForSequenceClassification, BertTokenizerFast, DistilBertConfig,
    DistilBertForSequenceClassification, PreTrainedTokenizerFast, RobertaConfig, RobertaForSequenceClassification,
    RobertaTokenizerFast, XLMRobertaConfig, XLMRobertaForSequenceClassification)
root = Path(sys.argv[1])
queries, documents = json.loads((root / "texts.json").read_text())
words = sorted({c for text in queries + documents for c in text.lower() if not c.isspace()})
words = words + ["##" + w for w in words] + ["sort", "list", "file", "return", "def", "one", "two", "three"]
vocabulary = root / "vocab.txt"
vocabulary.write_text("\\n".join(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *words]))
word_piece = BertTokenizerFast(str(vocabulary), model_max_length=64)
bpe = ByteLevelBPETokenizer()
bpe.train_from_iterator(queries + documents, vocab_size=400, special_tokens=["<s>", "<pad>", "</s>", "<unk>", "<mask>"])
bpe.save_model(str(root))
byte_level = RobertaTokenizerFast(str(root / "vocab.json"), str(root / "merges.txt"), model_max_length=64)
small = dict(hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=48, num_labels=1)
of_bpe = dict(small, vocab_size=len(byte_level), max_position_embeddings=70, type_vocab_size=1)
makers = {
    "bert": (word_piece, lambda: BertForSequenceClassification(BertConfig(vocab_size=len(word_piece), max_position_embeddings=64, **small))),
    "roberta": (byte_level, lambda: RobertaForSequenceClassification(RobertaConfig(**of_bpe))),
    "xlm-roberta": (byte_level, lambda: XLMRobertaForSequenceClassification(XLMRobertaConfig(**of_bpe))),
    "distilbert": (word_piece, lambda: DistilBertForSequenceClassification(DistilBertConfig(vocab_size=len(word_piece), max_position_embeddings=64, dim=32, n_layers=2, n_heads=4, hidden_dim=48, num_labels=1))),
}
result = {}
for name, (tokenizer, make) in makers.items():
    torch.manual_seed(1)
    model = make()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.2 * torch.randn_like(parameter))
    model.save_pretrained(root / name)
    tokenizer.save_pretrained(root / name)
    encoder = CrossEncoder(str(root / name), device="cpu")
    pairs = list(zip(queries, documents))
    result[name] = {
        "predicted": encoder.predict(pairs).tolist(),
        "scores": encoder.predict(pairs, activation_fn=torch.nn.Identity()).tolist(),
    }
(root / "result.json").write_text(json.dumps(result))
`;

describe('a cross-encoder with random weights scores pairs as in sentence-transformers', () => {
  let scratch: string;
  let result: Record<string, { predicted: number[]; scores: number[] }>;
  beforeAll(() => {
    scratch = mkdtempSync(join(tmpdir(), 'cross-encoders-'));
    writeFileSync(join(scratch, 'texts.json'), JSON.stringify([queries, documents]));
    execFileSync(python, ['-c', SCRIPT, scratch], { stdio: ['ignore', 'ignore', 'pipe'] });
    result = JSON.parse(readFileSync(join(scratch, 'result.json'), 'utf8'));
  });
  afterAll(() => rmSync(scratch, { recursive: true, force: true }));

  it.each(['bert', 'roberta', 'xlm-roberta', 'distilbert'])('%s', async (name) => {
    const encoder = await OnnxCrossEncoder.load(join(scratch, name), { threads: 1 });
    const scores = await encoder.score(queries, documents);
    expect(encoder.activation).toBe('sigmoid');
    await encoder.close();
    const { scores: expected, predicted } = result[name]!;
    // Apart from each other, or agreement would say nothing.
    expect(new Set(expected.map((value) => value.toFixed(3))).size).toBeGreaterThan(3);
    scores.forEach((score, i) => {
      expect(score).toBeCloseTo(expected[i]!, 4);
      expect(1 / (1 + Math.exp(-score))).toBeCloseTo(predicted[i]!, 4);
    });
  });
});
