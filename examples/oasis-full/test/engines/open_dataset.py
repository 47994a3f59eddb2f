"""Opens the dataset of a run in pandas, DuckDB and Hugging Face datasets, and checks that all see the same rows.

    python open_dataset.py RUN        (pip install pandas pyarrow datasets; duckdb where it is there)
"""
import glob
import json
import sys

import datasets
import pandas

run = sys.argv[1]
files = sorted(glob.glob(f"{run}/dataset/*.parquet"))
released = ["poss_docstring", "snippet_wo_comment", "similarity", "lang", "is_gt"]
rows = [json.loads(line) for line in open(f"{run}/dataset.jsonl")]

frame = pandas.concat([pandas.read_parquet(file) for file in files]).sort_values("pair")
assert list(frame.columns[:5]) == released, frame.columns
assert len(frame) == len(rows)
for name in released:
    assert frame[name].tolist() == [row[name] for row in rows], name

table = datasets.load_dataset("parquet", data_files=files, split="train")
assert table.column_names[:5] == released and len(table) == len(rows)

try:
    import duckdb
except ImportError:
    duckdb = None
if duckdb is not None:
    (count,) = duckdb.sql(f"select count(*) from read_parquet('{run}/dataset/*.parquet')").fetchone()
    assert count == len(rows)
print(f"{len(rows)} rows in {len(files)} files: pandas, datasets{'' if duckdb is None else ', duckdb'} agree")
