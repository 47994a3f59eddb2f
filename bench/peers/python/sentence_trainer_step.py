"""One update as the trainer of sentence-transformers makes it: its collation's batch, its loss, clipping and optimizer."""

import os
import tempfile

import torch
from datasets import Dataset
from sentence_transformers import (
    SentenceTransformer,
    SentenceTransformerTrainer,
    SentenceTransformerTrainingArguments,
)
from sentence_transformers.losses import MultipleNegativesRankingLoss


def prepare(data):
    torch.set_num_threads(os.cpu_count())
    model = SentenceTransformer(data["folder"], device="cpu")
    for module in model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
    texts = list(data["texts"])
    half = len(texts) // 2
    arguments = SentenceTransformerTrainingArguments(
        output_dir=tempfile.mkdtemp(),
        per_device_train_batch_size=half,
        use_cpu=True,
        report_to="none",
        save_strategy="no",
        disable_tqdm=True,
    )
    trainer = SentenceTransformerTrainer(
        model=model,
        args=arguments,
        train_dataset=Dataset.from_dict({"anchor": texts[:half], "positive": texts[half:]}),
        loss=MultipleNegativesRankingLoss(model),
    )
    batch = next(iter(trainer.get_train_dataloader()))
    optimizer = trainer.create_optimizer()
    # What the training loop sets before its first step.
    trainer.current_gradient_accumulation_steps = 1

    def run():
        model.train()
        loss = trainer.training_step(model, dict(batch))
        torch.nn.utils.clip_grad_norm_(model.parameters(), arguments.max_grad_norm)
        optimizer.step()
        optimizer.zero_grad()
        return loss.item()

    return run, lambda _: []
