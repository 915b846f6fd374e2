"""Trains one model with the reference's trainer: the counterpart of ours.ts."""

from __future__ import annotations

import json
import os
import re
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TOKENIZERS_PARALLELISM"] = "false"

import sentence_transformers
import torch
from datasets import Dataset, disable_progress_bars
from sentence_transformers import SparseEncoder, SparseEncoderTrainer
from sentence_transformers.base.sampler import DefaultBatchSampler
from transformers import TrainerCallback
from transformers.utils import logging

# transformers prints its log to stdout, so answers use the original stdout and everything else goes to stderr.
ANSWERS, sys.stdout = sys.stdout, sys.stderr
ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "parity" / "reference"), str(ROOT / "scripts" / "bench")]
import cases  # noqa: E402
from protocol import peak_mib  # noqa: E402
from training import snake  # noqa: E402
from training_arguments import training_arguments  # noqa: E402


class InOrder(DefaultBatchSampler):
    """Batches of rows that are already in the right order."""

    def __iter__(self) -> Iterator[list[int]]:
        return iter([list(range(at, at + self.batch_size)) for at in range(0, len(self.dataset), self.batch_size)])

    def __len__(self) -> int:
        return len(self.dataset) // self.batch_size

    def __init__(self, dataset: Dataset, batch_size: int, **options: Any) -> None:
        super().__init__(dataset, batch_size=batch_size, **options)
        self.dataset = dataset
        self.batch_size = batch_size


class Turns(TrainerCallback):
    """Answers after each turn of steps, and waits for the next request."""

    def __init__(self, every: int) -> None:
        self.every = every
        self.losses: list[torch.Tensor] = []
        self.begin()

    def begin(self) -> None:
        self.begun = time.perf_counter(), time.process_time()

    def take(self) -> dict[str, float]:
        value = torch.stack(self.losses).mean().item()
        wall, cpu = time.perf_counter() - self.begun[0], time.process_time() - self.begun[1]
        self.losses.clear()
        return {"ms": 1000 * wall, "cpuMs": 1000 * cpu, "value": value}

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        if state.global_step % self.every == 0 and state.global_step < state.max_steps:
            answer(self.take())
            next_request()
            self.begin()


class TimedTrainer(SparseEncoderTrainer):
    turns: Turns

    def compute_loss(self, model: Any, inputs: Any, return_outputs: bool = False, **options: Any) -> Any:
        value = super().compute_loss(model, inputs, return_outputs, **options)
        self.turns.losses.append(value.detach())
        return value


def main() -> None:
    disable_progress_bars()
    logging.disable_progress_bar()
    logging.set_verbosity_error()
    request = next_request()
    spec, threads = request["row"], request["threads"]
    torch.set_num_threads(threads)
    start_mib = peak_mib()
    model = SparseEncoder(spec["start"], device="cpu")
    longest = set_length(model, spec["length"])
    if spec["frozen"] is not None:
        for name, parameter in model.named_parameters():
            if re.search(spec["frozen"], name):
                parameter.requires_grad_(False)
    base, wrapper = cases.build(spec["loss"], torch.float32, model)
    rows = [json.loads(line) for line in Path(spec["ordered"]).read_text(encoding="utf-8").splitlines()]
    engine = f"sentence-transformers {sentence_transformers.__version__}, torch {torch.__version__}"
    answer({"engine": engine, "threads": threads, "startMiB": start_mib})

    next_request()
    turns = Turns(spec["turn"])
    with tempfile.TemporaryDirectory() as folder:
        trainer = TimedTrainer(
            model=model,
            args=training_arguments(
                folder,
                logging_strategy="no",
                max_steps=spec["steps"],
                per_device_train_batch_size=spec["batch"],
                batch_sampler=InOrder,
                **{snake(name): value for name, value in spec["args"].items() if value is not None},
            ),
            train_dataset=Dataset.from_dict({name: [row[name] for row in rows] for name in rows[0]}),
            loss=base if wrapper is None else wrapper,
            callbacks=[turns],
        )
        trainer.turns = turns
        trainer.train()
    last = turns.take()
    set_length(model, longest)
    model.save(spec["output"], create_model_card=False)
    answer(last)

    next_request()
    answer({"peakMiB": peak_mib()})


def set_length(model: SparseEncoder, length: int) -> int:
    """Sets the maximum length of every tokenizer. Returns the longest one before."""
    tokenizers = [module.tokenizer for module in model.modules() if getattr(module, "tokenizer", None) is not None]
    before = max(tokenizer.model_max_length for tokenizer in tokenizers)
    for tokenizer in tokenizers:
        tokenizer.model_max_length = length
    return before


def next_request() -> dict[str, Any]:
    return json.loads(sys.stdin.readline() or "{}")


def answer(message: dict[str, Any]) -> None:
    print(json.dumps(message), file=ANSWERS, flush=True)


main()
