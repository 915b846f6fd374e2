"""The reference's side of the training benchmark: one request per line on stdin, one answer per line on stdout."""

from __future__ import annotations

import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import sentence_transformers
import torch
from datasets import Dataset, disable_progress_bars
from sentence_transformers import SparseEncoder, SparseEncoderTrainer
from sentence_transformers.base.sampler import DefaultBatchSampler
from sentence_transformers.sparse_encoder import losses
from transformers import TrainerCallback
from transformers.utils import logging

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[3] / "parity" / "reference")]
from protocol import peak_mib, serve  # noqa: E402
from training_arguments import training_arguments  # noqa: E402

FOREVER = 1_000_000


class InOrder(DefaultBatchSampler):
    def __init__(self, dataset: Dataset, order: list[int], **options: Any) -> None:
        super().__init__(dataset, **options)
        self.order = order

    def __iter__(self) -> Iterator[list[int]]:
        return iter([self.order[at : at + self.batch_size] for at in range(0, len(self.order), self.batch_size)])

    def __len__(self) -> int:
        return len(self.dataset) // self.batch_size

    def set_epoch(self, epoch: int) -> None:
        pass


class Case(TrainerCallback):
    """A run of the trainer in a thread. It continues by some steps at a time."""

    def __init__(self, row: dict[str, Any]) -> None:
        self.row = row
        self.value = float("nan")
        self.go = threading.Semaphore(0)
        self.done = threading.Semaphore(0)
        self.failure: BaseException | None = None
        threading.Thread(target=self.train, daemon=True).start()

    def train(self) -> None:
        try:
            self.go.acquire()
            model = SparseEncoder(self.row["model"], device="cpu")
            weight = self.row["regularizerWeight"]
            loss = losses.SpladeLoss(
                model,
                losses.SparseMultipleNegativesRankingLoss(model),
                document_regularizer_weight=weight,
                query_regularizer_weight=weight,
            )
            with tempfile.TemporaryDirectory() as folder:
                args = training_arguments(
                    folder,
                    max_steps=FOREVER,
                    per_device_train_batch_size=self.row["batchSize"],
                    learning_rate=self.row["learningRate"],
                    lr_scheduler_type="constant",
                    batch_sampler=lambda dataset, **options: InOrder(dataset, self.row["order"], **options),
                )
                trainer = Recorded(model=model, args=args, train_dataset=Dataset.from_list(self.row["pairs"]), loss=loss, callbacks=[self])
                trainer.case = self
                trainer.train()
        except BaseException as error:
            self.failure = error
            self.done.release()

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        if state.global_step % self.row["steps"] == 0:
            self.done.release()
            self.go.acquire()

    def round(self) -> dict[str, float]:
        start = time.perf_counter()
        self.go.release()
        self.done.acquire()
        if self.failure is not None:
            raise self.failure
        return {"ms": (time.perf_counter() - start) * 1000, "value": self.value}


class Recorded(SparseEncoderTrainer):
    """The reference's trainer, unchanged. It records one loss, because its log rounds the losses."""

    case: Case

    def compute_loss(self, *args: Any, **options: Any) -> Any:
        value = super().compute_loss(*args, **options)
        if self.state.global_step == self.case.row["valueStep"] - 1:
            self.case.value = value.item()
        return value


def prepare(row: dict[str, Any], threads: int) -> tuple[Case, dict[str, Any]]:
    torch.set_num_threads(threads)
    logging.disable_progress_bar()
    start = peak_mib()
    engine = f"sentence-transformers {sentence_transformers.__version__}, torch {torch.__version__}"
    return Case(row), {"engine": engine, "threads": torch.get_num_threads(), "startMiB": start}


disable_progress_bars()

if __name__ == "__main__":
    serve(prepare)
