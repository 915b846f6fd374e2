"""Runs the reference's own samplers with random orders that a seed decides as in src/random.ts. Cases are JSON on stdin, batches are JSON on stdout."""

from __future__ import annotations

import hashlib
import json
import logging
import sys
from typing import Any

import numpy as np
import torch
from sentence_transformers.base import sampler as samplers
from torch.utils.data import ConcatDataset, RandomSampler

LABELS = ["label", "labels", "score", "scores"]
MASK = 0xFFFFFFFF


class Orders:
    """A stand-in for torch.Generator: Mulberry32, and the Fisher-Yates shuffle."""

    def __init__(self, seed: int) -> None:
        self.state = seed

    def manual_seed(self, seed: int) -> None:
        """The seed already contains the epoch."""

    def below(self, bound: int) -> int:
        self.state = (self.state + 0x6D2B79F5) & MASK
        mixed = ((self.state ^ (self.state >> 15)) * (self.state | 1)) & MASK
        mixed ^= (mixed + (((mixed ^ (mixed >> 7)) * (mixed | 61)) & MASK)) & MASK
        return int((mixed ^ (mixed >> 14)) / 2**32 * bound)

    def order(self, length: int) -> list[int]:
        order = list(range(length))
        for last in range(length - 1, 0, -1):
            other = self.below(last + 1)
            order[last], order[other] = order[other], order[last]
        return order


def randperm(length: int, *, generator: Orders, dtype: torch.dtype = torch.int64) -> torch.Tensor:
    return torch.tensor(generator.order(length), dtype=dtype)


class Rows:
    """The parts of datasets.Dataset that the samplers need."""

    def __init__(self, columns: dict[str, list[Any]]) -> None:
        self.columns = columns

    @property
    def column_names(self) -> list[str]:
        return list(self.columns)

    def __len__(self) -> int:
        return len(next(iter(self.columns.values())))

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, str):
            return self.columns[key]
        return {name: values[key] for name, values in self.columns.items()}

    def remove_columns(self, names: list[str]) -> Rows:
        return Rows({name: values for name, values in self.columns.items() if name not in names})


def hashes(rows: Rows) -> np.ndarray:
    """A replacement for xxhash: 64 bits for each value."""
    of = lambda value: int.from_bytes(hashlib.sha256(str(value).encode()).digest()[:8], "little", signed=True)  # noqa: E731
    return np.array([[of(value) for value in rows[index].values()] for index in range(len(rows))], dtype=np.int64)


def sampler_of(case: dict[str, Any], columns: dict[str, list[Any]], seed: int) -> Any:
    rows, orders = Rows(columns), Orders(seed)
    options = {
        "batch_size": case["batchSize"],
        "drop_last": case["dropLast"],
        "valid_label_columns": LABELS,
        "generator": orders,
    }
    if case["sampler"] == "batch_sampler":
        return samplers.DefaultBatchSampler(RandomSampler(rows, generator=orders), **options)
    if case["sampler"] == "group_by_label":
        return samplers.GroupByLabelBatchSampler(rows, **options)
    sampler = samplers.NoDuplicatesBatchSampler(rows, **options)
    if case["sampler"] == "no_duplicates_hashed":
        sampler.precompute_hashes = True
        sampler._row_hashes = hashes(sampler.dataset)
    return sampler


def batches(case: dict[str, Any]) -> dict[str, Any]:
    try:
        of_datasets = [sampler_of(case, *each) for each in zip(case["datasets"], case["seeds"])]
    except ValueError as error:
        return {"error": str(error)}
    if case["multi"] is None:
        return {"batches": list(of_datasets[0]), "length": len(of_datasets[0])}
    kinds = {"proportional": samplers.ProportionalBatchSampler, "round_robin": samplers.RoundRobinBatchSampler}
    rows = ConcatDataset([Rows(columns) for columns in case["datasets"]])
    sampler = kinds[case["multi"]](rows, batch_samplers=of_datasets, generator=Orders(case["multiSeed"]))
    return {"batches": list(sampler), "length": len(sampler)}


def main() -> None:
    logging.disable()
    torch.randperm = randperm
    json.dump([batches(case) for case in json.load(sys.stdin)], sys.stdout)


if __name__ == "__main__":
    main()
