"""Collates rows with the reference's data collator, and resolves ids with its resolve_ids. Cases are JSON on stdin, answers are JSON on stdout."""

from __future__ import annotations

import json
import logging
import sys
import types
from typing import Any

import torch
from sentence_transformers import SparseEncoder
from sentence_transformers.sparse_encoder.data_collator import SparseEncoderDataCollator


def collated(model: SparseEncoder, case: dict[str, Any]) -> dict[str, Any]:
    collator = SparseEncoderDataCollator(
        preprocess_fn=model.preprocess, prompts=case["prompts"], router_mapping=case["routerMapping"]
    )
    name = {} if case["dataset"] is None else {"dataset_name": case["dataset"]}
    try:
        batch = collator([{**row, **name} for row in case["rows"]])
    except (RuntimeError, TypeError, ValueError) as error:
        return {"error": str(error)}
    label = batch.pop("label", None)
    features = {key: value.tolist() if isinstance(value, torch.Tensor) else value for key, value in batch.items()}
    return {"features": features, "label": None if label is None else label.float().tolist()}


class Dataset:
    """The parts of datasets.Dataset that resolve_ids needs."""

    def __init__(self, columns: dict[str, list[Any]]) -> None:
        self.columns = columns
        self.column_names = list(columns)
        self.num_rows = len(next(iter(columns.values())))
        self.features = dict.fromkeys(columns)

    def with_format(self, _: None) -> Dataset:
        return self

    def select_columns(self, names: list[str]) -> Dataset:
        return Dataset({name: self.columns[name] for name in names})

    def iter(self, batch_size: int) -> Any:
        yield self.columns

    def __getitem__(self, rows: list[int]) -> dict[str, list[Any]]:
        return {name: [values[row] for row in rows] for name, values in self.columns.items()}


def resolved(case: dict[str, Any]) -> dict[str, Any]:
    from sentence_transformers.util import resolve_ids

    lookups = {name: Dataset(columns) for name, columns in case["lookups"].items()}
    try:
        transform = resolve_ids(lookups, max_list_length=case["maxListLength"])
        return {"columns": transform(case["columns"])}
    except (KeyError, ValueError) as error:
        return {"error": str(error)}


def main() -> None:
    logging.disable()
    module = types.ModuleType("datasets")
    module.Dataset = Dataset
    module.DatasetDict = type("DatasetDict", (), {})
    models: dict[str, SparseEncoder] = {}
    answers = []
    cases = json.load(sys.stdin)
    for case in cases["collated"]:
        if case["model"] not in models:
            models[case["model"]] = SparseEncoder(case["model"], device="cpu")
        model = models[case["model"]]
        answers.append(collated(model, case))
    sys.modules["datasets"] = module
    json.dump({"collated": answers, "resolved": [resolved(case) for case in cases["resolved"]]}, sys.stdout)


if __name__ == "__main__":
    main()
