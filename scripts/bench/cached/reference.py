"""The reference's side of the CachedSpladeLoss benchmark: one request per line on stdin, one answer per line on stdout."""

from __future__ import annotations

import importlib.util
import sys
import time
from pathlib import Path
from types import ModuleType
from typing import Any

import sentence_transformers
import torch
from sentence_transformers.sparse_encoder import losses

sys.path.insert(0, str(Path(__file__).parents[1]))
from protocol import peak_mib, serve  # noqa: E402


def step_suite() -> ModuleType:
    """Loads the step suite, for its model and texts. Its file has the same name as this file."""
    path = Path(__file__).parents[1] / "step" / "reference.py"
    spec = importlib.util.spec_from_file_location("step_suite", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Case:
    """A round is a forward and a backward pass. Nothing is compiled, so the first round is like the others."""

    def __init__(self, row: dict[str, Any]) -> None:
        suite = step_suite()
        self.model = suite.build_model(row)
        self.loss = losses.CachedSpladeLoss(
            self.model,
            losses.SparseMultipleNegativesRankingLoss(self.model),
            document_regularizer_weight=row["documentRegularizerWeight"],
            query_regularizer_weight=row["queryRegularizerWeight"],
            mini_batch_size=row["miniBatch"],
        )
        self.columns = [suite.token_column(column, row) for column in range(2)]

    def round(self) -> dict[str, float]:
        start = time.perf_counter()
        self.model.zero_grad()
        components = self.loss([dict(column) for column in self.columns])
        value = torch.stack(list(components.values())).sum()
        value.backward()
        return {"ms": (time.perf_counter() - start) * 1000, "value": value.item()}


def prepare(row: dict[str, Any], threads: int) -> tuple[Case, dict[str, Any]]:
    torch.set_num_threads(threads)
    start = peak_mib()
    engine = f"sentence-transformers {sentence_transformers.__version__}, torch {torch.__version__}"
    return Case(row), {"engine": engine, "threads": torch.get_num_threads(), "startMiB": start}


if __name__ == "__main__":
    serve(prepare)
