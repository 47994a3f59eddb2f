"""An exported encoder in ONNX Runtime for Python: sorted by length, 32 texts at a time, mean pooling, unit length."""

import json
import os

import numpy
import onnxruntime
from tokenizers import Tokenizer


def prepare(data):
    folder = data["folder"]
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = os.cpu_count()
    session = onnxruntime.InferenceSession(
        os.path.join(folder, "onnx", "model.onnx"), options, providers=["CPUExecutionProvider"]
    )
    names = {value.name for value in session.get_inputs()}
    tokenizer = Tokenizer.from_file(os.path.join(folder, "tokenizer.json"))
    with open(os.path.join(folder, "sentence_bert_config.json"), encoding="utf-8") as file:
        tokenizer.enable_truncation(json.load(file)["max_seq_length"])
    tokenizer.no_padding()
    texts = list(data["texts"])

    def run():
        encoded = tokenizer.encode_batch(texts)
        order = sorted(range(len(texts)), key=lambda i: -len(encoded[i].ids))
        rows = [None] * len(texts)
        for start in range(0, len(order), 32):
            some = order[start : start + 32]
            width = max(len(encoded[i].ids) for i in some)
            ids = numpy.zeros((len(some), width), dtype=numpy.int64)
            mask = numpy.zeros_like(ids)
            for row, i in enumerate(some):
                count = len(encoded[i].ids)
                ids[row, :count] = encoded[i].ids
                mask[row, :count] = 1
            feeds = {"input_ids": ids, "attention_mask": mask, "token_type_ids": numpy.zeros_like(ids)}
            hidden = session.run(["last_hidden_state"], {name: feeds[name] for name in names})[0]
            pooled = (hidden * mask[:, :, None]).sum(axis=1) / mask.sum(axis=1, keepdims=True)
            pooled /= numpy.linalg.norm(pooled, axis=1, keepdims=True)
            for row, i in enumerate(some):
                rows[i] = pooled[row]
        return rows

    return run, lambda rows: rows[0].tolist()
