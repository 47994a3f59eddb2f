"""Embeds texts with sentence-transformers, and with a PEFT adapter over its model where one is given.

usage: python embed.py REQUEST.json
REQUEST.json holds {"texts", "models": [{"folder", "adapter" or null}]}; prints a list of {"query", "document"} as JSON.
"""

import json
import os
import sys

os.environ["HF_HUB_OFFLINE"] = "1"

from peft import PeftModel
from sentence_transformers import SentenceTransformer

request = json.load(open(sys.argv[1]))
texts = request["texts"]
answers = []
for wanted in request["models"]:
    model = SentenceTransformer(wanted["folder"], device="cpu")
    if wanted["adapter"] is not None:
        model[0].model = PeftModel.from_pretrained(model[0].model, wanted["adapter"])
    answers.append(
        {"query": model.encode_query(texts).tolist(), "document": model.encode_document(texts).tolist()}
    )
print(json.dumps(answers))
