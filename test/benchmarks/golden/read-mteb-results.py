"""Reads a folder of results with MTEB's own classes and prints what they hold.

python read-mteb-results.py FOLDER   # needs mteb
"""

import json
import os
import sys
import tempfile
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["HF_HOME"] = tempfile.mkdtemp()

import mteb
from mteb.cache import ResultCache
from mteb.models.model_meta import ModelMeta
from mteb.results import TaskResult

found = {}
folder = Path(sys.argv[1])
for path in sorted(folder.glob("*/*/*.json")):
    if path.name == "model_meta.json":
        meta = ModelMeta.model_validate(json.loads(path.read_text()))
        found["model"] = [meta.name, meta.revision, meta.embed_dim]
        continue
    result = TaskResult.from_disk(path)
    found[result.task_name] = {
        "revision": result.dataset_revision,
        "matches": result.dataset_revision == mteb.get_task(result.task_name).metadata.revision,
        "main": result.get_score(),
        "subsets": {s["hf_subset"]: [s["main_score"], s["languages"]] for split in result.scores.values() for s in split},
        "valid": TaskResult.validate_and_filter_scores(result).task_name == result.task_name
        if hasattr(TaskResult, "validate_and_filter_scores") else True,
    }
cache = ResultCache(tempfile.mkdtemp())
try:
    os.symlink(folder, Path(cache.cache_path) / "results")
    loaded = cache.load_results(tasks=[name for name in found if name != "model"], require_model_meta=False)
    found["loaded"] = sorted({(r.model_name, t.task_name) for r in loaded.model_results for t in r.task_results})
except Exception as error:  # printed, and compared by the test
    found["loaded"] = repr(error)
print(json.dumps(found))
