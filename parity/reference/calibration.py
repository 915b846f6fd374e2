"""Compares PyTorch with itself: `npm run calibrate` judges these runs by the policy, as if they were a port."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

import cases


def run(meta: dict[str, Any], tensors: dict[str, np.ndarray]) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Runs each case in float32 once per seed, with rows and dimensions shuffled and with one thread or two."""
    out: dict[str, np.ndarray] = {}
    results: list[dict[str, Any]] = []
    threads = torch.get_num_threads()
    for index, case in enumerate(meta["cases"]):
        runs: dict[str, Any] = {}
        for seed in meta["seeds"]:
            torch.set_num_threads(1 + seed % 2)
            order = shuffled(case, seed)
            runs[str(seed)] = cases.run_leg(case, tensors, torch.float32, order, f"{index}/{seed}", out)
        results.append(runs)
    torch.set_num_threads(threads)
    return {"results": results}, out


def shuffled(case: dict[str, Any], seed: int) -> tuple[cases.Change, cases.Change]:
    def order(size: int) -> np.ndarray:
        return np.random.default_rng(seed * 1_000_003 + size).permutation(size)

    return cases.reordered(case, order)
