"""Makes the tiny random checkpoints of ../fixtures and the embeddings that Python gives for them.

usage: python checkpoints.py     (needs torch, transformers, sentence-transformers and peft)

Each family's folder holds a checkpoint (float32), bf16.safetensors (bfloat16 weights of a model with a head), a
sharded float16 copy, a PEFT adapter, and golden.json: token ids, embeddings by pooling, and gradients.
"""

import importlib.metadata
import json
import math
import os
import shutil
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors.torch import save_file
from sentence_transformers import SentenceTransformer
from sentence_transformers.base.modules import Normalize, Transformer
from sentence_transformers.sentence_transformer.modules import Pooling
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import (
    AutoModel,
    BertConfig,
    BertForMaskedLM,
    PreTrainedTokenizerFast,
    Qwen2Config,
    Qwen2ForCausalLM,
    RobertaConfig,
    RobertaForMaskedLM,
)

HERE = Path(__file__).parent.parent / "fixtures"
TEXTS = [
    "sorts a list of numbers",
    "x",
    "def quick_sort(xs):\n    if len(xs) < 2:\n\treturn xs  # done\n    return [*quick_sort(xs[1:]), xs[0]]",
    "naïve café Ünïcödé e\u0301 İstanbul straße",
    "数据排序 función 🚀 launch\u200d مرحبا",
    "padding named in a text: <pad> and [PAD] here",
    "  leading, trailing and   inner space  ",
    "const lastItem = (list) => list[list.length - 1]; // HTTPServer2 <s> </s> [SEP] don't WE'LL 1234",
    "",
]
LONG = " ".join(f"word{i} is number {i}" for i in range(40))
CORPUS = TEXTS * 3 + ["return the last item of a list", "reads a text file", "query: find", "function add(a, b) { return a + b; }"] * 4
VOCABULARY = 320
QUERY_PROMPT = "query: find code\n"
DOCUMENT_PROMPT = "code: "


def wordpiece():
    t = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    t.normalizer = normalizers.BertNormalizer(lowercase=True)
    t.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    t.decoder = decoders.WordPiece()
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    t.train_from_iterator(CORPUS, trainers.WordPieceTrainer(vocab_size=VOCABULARY - 10, special_tokens=special))
    t.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    names = dict(pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]", sep_token="[SEP]", mask_token="[MASK]")
    return PreTrainedTokenizerFast(tokenizer_object=t, model_max_length=48, **names)


def byte_level():
    t = Tokenizer(models.BPE())
    t.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    t.decoder = decoders.ByteLevel()
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    t.train_from_iterator(
        CORPUS, trainers.BpeTrainer(vocab_size=VOCABULARY, special_tokens=special, initial_alphabet=alphabet)
    )
    t.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), add_prefix_space=False)
    names = dict(pad_token="<pad>", unk_token="<unk>", cls_token="<s>", sep_token="</s>", mask_token="<mask>")
    return PreTrainedTokenizerFast(
        tokenizer_object=t, model_max_length=48, bos_token="<s>", eos_token="</s>", **names
    )


QWEN_SPLIT = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)


def qwen():
    t = Tokenizer(models.BPE())
    t.normalizer = normalizers.NFC()
    t.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(QWEN_SPLIT), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    t.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    t.train_from_iterator(CORPUS, trainers.BpeTrainer(vocab_size=VOCABULARY - 10, initial_alphabet=alphabet))
    t.post_processor = processors.ByteLevel(trim_offsets=False)
    return PreTrainedTokenizerFast(
        tokenizer_object=t, model_max_length=64, pad_token="<|endoftext|>", eos_token="<|endoftext|>"
    )


SMALL = dict(vocab_size=VOCABULARY, hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=48)
FAMILIES = {
    "bert": dict(
        tokenizer=wordpiece,
        model=lambda: BertForMaskedLM(BertConfig(**SMALL, max_position_embeddings=48)),
        pooling="mean",
        targets=["query", "value", "output.dense"],
    ),
    "roberta": dict(
        tokenizer=byte_level,
        model=lambda: RobertaForMaskedLM(
            RobertaConfig(**SMALL, max_position_embeddings=50, type_vocab_size=1, hidden_act="gelu_new")
        ),
        pooling="cls",
        targets=["query", "key", "dense"],
    ),
    "qwen2": dict(
        tokenizer=qwen,
        model=lambda: Qwen2ForCausalLM(
            Qwen2Config(**SMALL, num_key_value_heads=2, max_position_embeddings=64, tie_word_embeddings=True)
        ),
        pooling="lasttoken",
        targets=["q_proj", "v_proj", "up_proj", "o_proj"],
    ),
}


def randomize(model):
    """Large weights everywhere, so that a part left out shows."""
    for name, parameter in model.named_parameters():
        with torch.no_grad():
            noise = torch.randn_like(parameter) * 0.2
            parameter.copy_(1 + noise if "norm" in name.lower() and name.endswith("weight") else noise)


def rounded(tensor):
    return [float(f"{x:.7g}") for x in tensor.flatten().tolist()]


def sentence_model(path, pooling, limit, **tokenizer_options):
    transformer = Transformer(str(path), max_seq_length=limit, processor_kwargs=tokenizer_options)
    prompts = {"query": QUERY_PROMPT, "document": DOCUMENT_PROMPT}
    return SentenceTransformer(modules=[transformer, Pooling(32, pooling), Normalize()], prompts=prompts, device="cpu")


def usable(model, texts):
    """Texts with at least one token: sentence-transformers has no vector for the others."""
    return [text for text in texts if len(model.tokenizer(text)["input_ids"]) > 0]


def gradients(path, texts, pooling):
    """d/dw of sum(embedding · sin(1), sin(2), …), projected on cos(0), cos(1), …: one number a tensor."""
    model = sentence_model(path, pooling, None)
    model.eval()
    features = model.tokenize(texts)
    vectors = model(features)["sentence_embedding"]
    direction = torch.sin(torch.arange(vectors.numel(), dtype=torch.float64) + 1).reshape(vectors.shape)
    (vectors.double() * direction).sum().backward()
    result = {}
    for name, parameter in model[0].model.named_parameters():
        if parameter.grad is not None:
            projection = torch.cos(torch.arange(parameter.numel(), dtype=torch.float64)).reshape(parameter.shape)
            result[name] = float((parameter.grad.double() * projection).sum())
    return result


def make(family, tokenizer, model, pooling, targets):
    folder = HERE / family
    shutil.rmtree(folder, ignore_errors=True)
    torch.manual_seed(sum(map(ord, family)))
    tokens, headed = tokenizer(), model().eval()
    randomize(headed)
    base = headed.base_model
    base.save_pretrained(folder)
    tokens.save_pretrained(folder)
    if family == "bert":
        SentenceTransformer(
            modules=[Transformer(str(folder), max_seq_length=32), Pooling(32, pooling), Normalize()],
            prompts={"query": QUERY_PROMPT, "document": DOCUMENT_PROMPT},
        ).save(str(folder), create_model_card=False)

    # A model with a head, its weights in bfloat16; position_ids as older checkpoints have them.
    brain = {name: tensor.to(torch.bfloat16).contiguous() for name, tensor in headed.state_dict().items()}
    brain.pop("lm_head.weight", None)
    brain = {name: tensor for name, tensor in brain.items() if not name.startswith(("cls.", "lm_head."))}
    if family != "qwen2":
        brain[f"{family}.embeddings.position_ids"] = torch.arange(48).reshape(1, -1)
    save_file(brain, folder / "bf16.safetensors", {"format": "pt"})
    half = AutoModel.from_pretrained(folder, dtype=torch.float16)
    half.save_pretrained(folder / "sharded", max_shard_size="30KB")

    adapted = get_peft_model(
        AutoModel.from_pretrained(folder), LoraConfig(r=3, lora_alpha=5, target_modules=targets, task_type="FEATURE_EXTRACTION")
    )
    for name, parameter in adapted.named_parameters():
        if "lora_" in name:
            with torch.no_grad():
                parameter.copy_(torch.randn_like(parameter) * 0.3)
    adapted.base_model.model.name_or_path = family
    adapted.peft_config["default"].base_model_name_or_path = family
    adapted.save_pretrained(folder / "adapter")
    (folder / "adapter" / "README.md").unlink(missing_ok=True)

    def embed(path, pooling, texts, limit=None, **options):
        return rounded(torch.tensor(sentence_model(path, pooling, limit, **options).encode(texts, batch_size=64)))

    texts = usable(sentence_model(folder, pooling, None), TEXTS)
    golden = {
        "versions": {name: importlib.metadata.version(name) for name in ("torch", "transformers", "sentence-transformers", "peft")},
        "texts": texts,
        "long": LONG,
        "ids": [tokens(text, truncation=True)["input_ids"] for text in texts],
        "poolings": {mode: embed(folder, mode, texts) for mode in ("mean", "cls", "lasttoken")},
        "truncated": embed(folder, "mean", [LONG, texts[0]], 16),
        "truncatedStart": embed(folder, "mean", [LONG, texts[0]], 16, truncation_side="left"),
        "query": rounded(torch.tensor(sentence_model(folder, pooling, 32).encode_query(texts))),
        "document": rounded(torch.tensor(sentence_model(folder, pooling, 32).encode_document(texts))),
        # PyTorch trains no padding token, even one that stands in a text.
        "gradients": gradients(folder, [text for text in texts if "<pad>" not in text], "mean"),
    }
    if family != "bert":  # BERT's positions count the padding in front.
        golden["leftPadded"] = embed(folder, "lasttoken", texts, padding_side="left")
    for name, weights in (("bf16", brain), ("sharded", half.state_dict())):
        copy = HERE / f".{family}-{name}"
        shutil.copytree(folder, copy, ignore=shutil.ignore_patterns("sharded", "adapter", "*.safetensors", "modules.json"))
        strip = {key.removeprefix(f"{family}.").removeprefix("model."): value.float() for key, value in weights.items()}
        strip.pop("embeddings.position_ids", None)
        save_file(strip, copy / "model.safetensors", {"format": "pt"})
        golden[name] = embed(copy, pooling, texts)
        shutil.rmtree(copy)
    merged = HERE / f".{family}-merged"
    shutil.copytree(folder, merged, ignore=shutil.ignore_patterns("sharded", "adapter", "*.safetensors", "modules.json"))
    PeftModel.from_pretrained(AutoModel.from_pretrained(folder), folder / "adapter").merge_and_unload().save_pretrained(merged)
    golden["adapter"] = embed(merged, pooling, texts)
    shutil.rmtree(merged)
    (folder / "golden.json").write_text(json.dumps(golden, ensure_ascii=False) + "\n")
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    assert size < 1_000_000 and all(math.isfinite(x) for x in golden["query"]), size
    print(family, size, "bytes")


for family, parts in FAMILIES.items():
    make(family, **parts)
