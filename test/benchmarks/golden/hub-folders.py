"""Folders as the Hugging Face hub has them, written by the libraries that write them there, and what MTEB's own loader reads.

python hub-folders.py FOLDER   # needs datasets, pyarrow, zstandard, mteb; FOLDER is this one

Writes hub/ and hub-folders.golden.json beside this file. The values of the golden are those of
mteb.abstasks.retrieval_dataset_loaders.RetrievalDatasetLoader, run on the folders; nothing is downloaded.
"""

import gzip
import json
import os
import shutil
import sys
import tempfile

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["HF_HOME"] = tempfile.mkdtemp()

import pyarrow as pa
import pyarrow.parquet as pq
import zstandard
from datasets import Dataset
from mteb.abstasks.retrieval_dataset_loaders import RetrievalDatasetLoader

here = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else os.path.dirname(__file__))
root = os.path.join(here, "hub")
shutil.rmtree(root, ignore_errors=True)


def parquet(name, rows, **options):
    path = os.path.join(root, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    data = Dataset.from_list(rows)
    if options:
        pq.write_table(data.data.table, path, **options)
    else:
        data.to_parquet(path)


def text(name, content, pack=None):
    path = os.path.join(root, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    data = content.encode()
    if pack == "gz":
        data = gzip.compress(data, mtime=0)
    elif pack == "zst":  # two frames, as pzstd writes them
        half = len(data) // 2
        data = zstandard.compress(data[:half]) + zstandard.compress(data[half:])
    with open(path, "wb") as f:
        f.write(data)


def lines(rows):
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def card(name, configs):
    out = ["---", "configs:"]
    for config, split, path in configs:
        out += [f"- config_name: {config}", "  data_files:", f"  - split: {split}", f"    path: {path}"]
    text(f"{name}/README.md", "\n".join([*out, "---", ""]))


corpus = [
    {"_id": f"d{i}", "partition": "test", "text": t, "language": "python", "meta_information": {"starter": None}, "title": n}
    for i, (n, t) in enumerate(
        [("", "def a():\n    return 1"), ("b", "def b():\n\treturn 'é😀\u3000'"), ("", " def c(): pass "), ("d d", "x")]
    )
]
queries = [
    {"_id": f"q{i}", "partition": p, "text": t, "language": "python", "meta_information": {"starter": None}, "title": ""}
    for i, (p, t) in enumerate([("test", "return one"), ("train", "not asked"), ("test", "b and é")])
]
qrels = [
    {"query-id": "q0", "corpus-id": "d0", "score": 1},
    {"query-id": "q2", "corpus-id": "d1", "score": 1},
    {"query-id": "q2", "corpus-id": "d3", "score": 0},
]

# CoIR: configurations corpus, queries and default; qrels in data/.
parquet("coir-cosqa/corpus/corpus-00000-of-00001.parquet", corpus)
parquet("coir-cosqa/queries/queries-00000-of-00001.parquet", queries)
parquet("coir-cosqa/data/test-00000-of-00001.parquet", qrels)
parquet("coir-cosqa/data/train-00000-of-00001.parquet", [{"query-id": "q1", "corpus-id": "d2", "score": 1}])
card(
    "coir-cosqa",
    [("corpus", "corpus", "corpus/corpus-*"), ("queries", "queries", "queries/queries-*"), ("default", "test", "data/test-*")],
)

# CoIR's first uploads: two repositories.
for part, rows in [("corpus", corpus), ("queries", queries)]:
    parquet(f"coir-old/cosqa-queries-corpus/data/{part}-00000-of-00001.parquet", rows, compression="gzip")
parquet(
    "coir-old/cosqa-qrels/data/test-00000-of-00001-0123456789abcdef.parquet",
    [{k.replace("-", "_"): v for k, v in row.items()} for row in qrels],
    compression="brotli",
)

# MTEB: a configuration a language and table, in shards; in the qrels ids are whole numbers.
for language in ["python", "go"]:
    rows = [{"id": str(i), "title": None if i == 1 else "", "text": f"{language} {i}"} for i in range(5)]
    for shard, part in enumerate([rows[:3], rows[3:]]):
        parquet(
            f"mteb-csn/{language}-corpus/test-{shard:05}-of-00002.parquet",
            [{**row, "title": row["title"] or ""} for row in part],
            compression="zstd",
            data_page_version="2.0",
            row_group_size=2,
        )
    parquet(
        f"mteb-csn/{language}-queries/test-00000-of-00001.parquet",
        [{"id": str(i), "text": f"ask {language} {i}"} for i in range(3)],
        compression="lz4",
    )
    parquet(
        f"mteb-csn/{language}-qrels/test-00000-of-00001.parquet",
        [{"query-id": i, "corpus-id": i + 1, "score": 1} for i in range(3)],
        compression="none",
        use_dictionary=False,
    )
card(
    "mteb-csn",
    [(f"{language}-{part}", "test", f"{language}-{part}/test-*") for language in ["python", "go"] for part in ["corpus", "queries", "qrels"]],
)

# MTEB's copies of BEIR: JSON Lines.
text("mteb-jsonl/corpus.jsonl", lines({k: row[k] for k in ["_id", "title", "text"]} for row in corpus))
text("mteb-jsonl/queries.jsonl", lines({k: row[k] for k in ["_id", "text"]} for row in queries))
text("mteb-jsonl/qrels/test.jsonl", lines(qrels))
card("mteb-jsonl", [("corpus", "corpus", "corpus.jsonl"), ("queries", "queries", "queries.jsonl"), ("default", "test", "qrels/test.jsonl")])

# BEIR: packed text, qrels in a repository of their own.
text("beir/corpus.jsonl.gz", lines({k: row[k] for k in ["_id", "title", "text"]} for row in corpus), "gz")
text("beir/queries.jsonl.zst", lines({k: row[k] for k in ["_id", "text"]} for row in queries), "zst")
text("beir-qrels/test.tsv", "query-id\tcorpus-id\tscore\n" + "".join("\t".join(map(str, r.values())) + "\n" for r in qrels))

# CodeSearchNet, AdvTest and POJ-104 on the hub.
csn = [
    {
        "func_name": f"f{i}",
        "func_code_string": f"def f{i}(): pass",
        "func_code_tokens": ["def", f"f{i}", "(", ")", ":", "pass"],
        "func_documentation_string": f"Does {i}.",
        "func_documentation_tokens": ["Does", str(i), "."],
        "func_code_url": f"https://example.org/{i}",
    }
    for i in range(3)
]
parquet("csn/python/test-00000-of-00001.parquet", csn)
parquet(
    "advtest/data/test-00000-of-00001.parquet",
    [
        {"id": i, "url": f"u{i}", "docstring_tokens": ["Does", str(i)], "code_tokens": ["def", "Func", "(", "arg_0", ")"]}
        for i in range(3)
    ],
)
parquet(
    "poj104/data/test-00000-of-00001.parquet",
    [{"id": i, "code": f"int main() {{\n  // {i}\n  return {i}; }}", "label": str(81 + i // 2)} for i in range(4)],
)

# Every kind of encoding that pyarrow writes for strings, with nulls.
table = pa.table(
    {
        "plain": ["a", None, "c"] * 400,
        "words": [["x", "y"], [], None] * 400,
        "number": pa.array([1, None, 3] * 400, pa.int64()),
        "large": pa.array([str(i) for i in range(1200)], pa.large_string()),
    }
)
os.makedirs(os.path.join(root, "encodings"), exist_ok=True)
for name, options in {
    "delta": {"use_dictionary": False, "column_encoding": {"plain": "DELTA_BYTE_ARRAY", "large": "DELTA_LENGTH_BYTE_ARRAY", "number": "DELTA_BINARY_PACKED"}},
    "dictionary": {"use_dictionary": True, "row_group_size": 500},
    "snappy-v2": {"compression": "snappy", "data_page_version": "2.0"},
    "zstd": {"compression": "zstd"},
}.items():
    pq.write_table(table, os.path.join(root, f"encodings/{name}.parquet"), **options)

golden = {}
for folder, config in [("coir-cosqa", None), ("mteb-csn", "python"), ("mteb-csn", "go"), ("mteb-jsonl", None)]:
    data = RetrievalDatasetLoader(os.path.join(root, folder), None, config=config).load()
    golden[folder if config is None else f"{folder} {config}"] = {
        "corpus": [[row["id"], (row.get("title") or "", row["text"])] for row in data["corpus"]],
        "queries": [[row["id"], row["text"]] for row in data["queries"]],
        "qrels": {q: dict(sorted(grades.items())) for q, grades in sorted(data["relevant_docs"].items())},
    }
with open(os.path.join(here, "hub-folders.golden.json"), "w") as f:
    json.dump(golden, f, indent=1, ensure_ascii=False)
    f.write("\n")
