/** train.py of an exported training: reads settings.json and dataset/ beside it, and writes model/. */
export const sentenceTransformersScript = `"""Trains a model on dataset/ with the losses of OASIS: w1 InfoNCE + w2 CoSENT on the same batch.

One process:    python train.py
Several GPUs:   torchrun --nproc-per-node 8 train.py
Several hosts:  torchrun --nnodes 4 --nproc-per-node 8 --rdzv-endpoint HOST:29500 train.py

Needs: pip install "sentence-transformers[train]>=5.1"
"""

import json
import os
import random
from pathlib import Path

import torch
from datasets import Dataset, load_dataset
from sentence_transformers import (
    SentenceTransformer,
    SentenceTransformerTrainer,
    SentenceTransformerTrainingArguments,
)
from sentence_transformers.losses import CoSENTLoss, MultipleNegativesRankingLoss
from sentence_transformers.training_args import BatchSamplers

HERE = Path(__file__).resolve().parent
SETTINGS = json.loads((HERE / "settings.json").read_text(encoding="utf-8"))


class OasisLoss(torch.nn.Module):
    """Both terms on the texts of one batch; a label is the list of the similarities of a row's candidates."""

    def __init__(self, model):
        super().__init__()
        self.model = model
        scale = 1 / SETTINGS["temperature"]
        # Candidates of all processes are negatives of each other.
        several = int(os.environ.get("WORLD_SIZE", "1")) > 1
        self.info_nce = MultipleNegativesRankingLoss(model, scale=scale, gather_across_devices=several)
        self.cosent = CoSENTLoss(model, scale=scale)

    def forward(self, sentence_features, labels):
        embeddings = [self.model(features)["sentence_embedding"] for features in sentence_features]
        query, candidates = embeddings[0], embeddings[1:]
        info_nce = self.info_nce.compute_loss_from_embeddings(embeddings, labels)
        pairs = [query.repeat(len(candidates), 1), torch.cat(candidates)]
        cosent = self.cosent.compute_loss_from_embeddings(pairs, labels.T.reshape(-1))
        return SETTINGS["weight_infonce"] * info_nce + SETTINGS["weight_cosent"] * cosent


def training_rows() -> Dataset:
    """One row for each positive: its docstring, its code, some negatives of the docstring, and their labels."""
    rows = load_dataset("parquet", data_files=str(HERE / "dataset" / "*.parquet"), split="train")
    rows = rows.sort("pair")
    positives, negatives = [], {}
    for query, text, code, similarity, is_gt in zip(
        rows["query_id"], rows["poss_docstring"], rows["snippet_wo_comment"], rows["similarity"], rows["is_gt"]
    ):
        if is_gt:
            positives.append((query, text, code, similarity))
        else:
            negatives.setdefault(query, []).append((code, similarity))
    chance = random.Random(SETTINGS["seed"])
    count = SETTINGS["negatives"]
    columns = {"anchor": [], "positive": [], **{f"negative_{i}": [] for i in range(count)}, "label": []}
    for query, text, code, similarity in positives:
        own = negatives.get(query, [])
        if len(own) < count:
            continue
        drawn = chance.sample(own, count)
        columns["anchor"].append(text)
        columns["positive"].append(code)
        for i, (negative, _) in enumerate(drawn):
            columns[f"negative_{i}"].append(negative)
        columns["label"].append([similarity, *(label for _, label in drawn)])
    return Dataset.from_dict(columns)


def main() -> None:
    model = SentenceTransformer(SETTINGS["model"])
    if SETTINGS["maximum_length"] is not None:
        model.max_seq_length = SETTINGS["maximum_length"]
    arguments = SentenceTransformerTrainingArguments(
        output_dir=str(HERE / "checkpoints"),
        num_train_epochs=SETTINGS["epochs"],
        per_device_train_batch_size=SETTINGS["batch"],
        learning_rate=SETTINGS["learning_rate"],
        weight_decay=SETTINGS["weight_decay"],
        warmup_ratio=0.05,
        lr_scheduler_type=SETTINGS["schedule"],
        seed=SETTINGS["seed"],
        # A text that stands twice in a batch would be its own negative.
        batch_sampler=BatchSamplers.NO_DUPLICATES,
        save_strategy="no",
        report_to="none",
        # Without it, processes on CPUs would each train alone.
        use_cpu=not (torch.cuda.is_available() or torch.backends.mps.is_available()),
        bf16=torch.cuda.is_available() and torch.cuda.is_bf16_supported(),
    )
    trainer = SentenceTransformerTrainer(
        model=model, args=arguments, train_dataset=training_rows(), loss=OasisLoss(model)
    )
    trainer.train()
    if trainer.is_world_process_zero():
        model.save_pretrained(str(HERE / "model"))


if __name__ == "__main__":
    main()
`;
