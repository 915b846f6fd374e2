"""The reference's side of the encoding benchmark: one request per line on stdin, one answer per line on stdout."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import sentence_transformers
import torch
from sentence_transformers import SparseEncoder
from transformers.utils import logging

sys.path.insert(0, str(Path(__file__).parents[1]))
from protocol import peak_mib, serve  # noqa: E402

FIRST_EMBEDDING = Path(__file__).parent / "first_embedding.py"


def round_of(row: dict[str, Any], threads: int) -> Callable[[], float]:
    if row["kind"] == "start":
        command = [sys.executable, str(FIRST_EMBEDDING), row["model"], row["text"], str(threads)]
        environment = {**os.environ, "HF_HUB_OFFLINE": "1"}
        return lambda: float(subprocess.run(command, check=True, capture_output=True, env=environment).stdout)
    if row["kind"] == "product":
        left, right = torch.ones(row["rows"], row["inner"]), torch.ones(row["inner"], row["columns"])
        return lambda: (left @ right).max().item()
    model = SparseEncoder(row["model"], device="cpu")
    return lambda: model.encode(row["texts"], batch_size=row["batchSize"], show_progress_bar=False).sum().item()


class Case:
    def __init__(self, row: dict[str, Any], threads: int) -> None:
        self.compute = round_of(row, threads)

    def round(self) -> dict[str, float]:
        start = time.perf_counter()
        value = self.compute()
        return {"ms": (time.perf_counter() - start) * 1000, "value": value}


def prepare(row: dict[str, Any], threads: int) -> tuple[Case, dict[str, Any]]:
    torch.set_num_threads(threads)
    logging.disable_progress_bar()
    start = peak_mib()
    engine = f"sentence-transformers {sentence_transformers.__version__}, torch {torch.__version__}"
    return Case(row, threads), {"engine": engine, "threads": torch.get_num_threads(), "startMiB": start}


if __name__ == "__main__":
    serve(prepare)
