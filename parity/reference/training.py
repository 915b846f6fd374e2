"""Training runs of the reference's own trainer: `run` trains one model on several legs and records every step.

The legs are those of cases.py, applied as in models.py (rows of each batch in reverse, every parameter moved to a
neighbouring float), and one more leg with two threads.
"""

from __future__ import annotations

import math
import re
import tempfile
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from datasets import Dataset, DatasetDict, disable_progress_bars
from sentence_transformers import SparseEncoder, SparseEncoderTrainer
from sentence_transformers.base.sampler import DefaultBatchSampler, MultiDatasetDefaultBatchSampler
from sentence_transformers.sparse_encoder.losses import SpladeLoss
from torch import Tensor, nn
from transformers import TrainerCallback

import cases
import models
from training_arguments import training_arguments

Tensors = dict[str, np.ndarray]

LEGS = {**models.LEGS, "float32-threads": lambda model: model}
NUDGED_AGAIN = "float32-nudged-"


def change(model: SparseEncoder, leg: str) -> None:
    """Makes the model of a leg. `float32-nudged-N` moves its parameters as `float32-nudged` does, by another draw for each N."""
    if not leg.startswith(NUDGED_AGAIN):
        LEGS[leg](model)
        return
    random = np.random.default_rng(int(leg.removeprefix(NUDGED_AGAIN)))
    with torch.no_grad():
        for parameter in model.parameters():
            values = parameter.numpy()
            toward = random.choice(np.array([-np.inf, 0, np.inf], dtype=np.float32), values.shape)
            moved = np.where((toward == 0) | (values == 0), values, np.nextafter(values, toward))
            parameter.copy_(torch.from_numpy(moved))


def run(meta: dict[str, Any], tensors: Tensors) -> tuple[dict[str, Any], Tensors]:
    """meta: folder, legs, args, datasets (name, loss, columns of texts by name, labels), epochs of batches, parameters,
    frozen ones, records, task.

    Returns, for each step, what `Recorder` records; parameters and moments after the steps in `records`; and at the end
    the nDCG of the task.
    """
    model = models.open_model(meta["folder"])
    state = {name: x.clone() for name, x in model.state_dict().items()}
    out: Tensors = {}
    result: dict[str, Any] = {}
    for leg in meta["legs"]:
        model.float().load_state_dict(state)
        change(model, leg)
        torch.set_num_threads(2 if leg == "float32-threads" else 1)
        try:
            recorder = train(model, meta, tensors, reverse=leg == "float32-reversed")
        finally:
            torch.set_num_threads(1)
        out.update({f"0/{leg}/{name}": cases.to_numpy(x) for name, x in recorder.made.items()})
        result[leg] = {"components": recorder.component_names}
    return {"results": [result]}, out


def train(model: SparseEncoder, meta: dict[str, Any], tensors: Tensors, reverse: bool) -> Recorder:
    dtype = next(model.parameters()).dtype
    for name, parameter in model.named_parameters():
        if name in meta["frozen"]:
            parameter.requires_grad_(False)
    data, losses = {}, {}
    for given in meta["datasets"]:
        base, wrapper = cases.build(given["loss"], dtype, model)
        losses[given["name"]] = base if wrapper is None else wrapper
        labels = {} if given["labels"] is None else {"label": tensors[given["labels"]].tolist()}
        data[given["name"]] = Dataset.from_dict(given["columns"] | labels)
    recorder = Recorder(model, meta, list(losses.values()))
    several = None not in data
    with tempfile.TemporaryDirectory() as folder:
        args = training_arguments(
            folder,
            logging_steps=1,
            **(
                {"multi_dataset_batch_sampler": given_batches(MultiDatasetDefaultBatchSampler, meta["epochs"], reverse)}
                if several
                else {"batch_sampler": given_batches(DefaultBatchSampler, meta["epochs"], reverse)}
            ),
            **{snake(name): value for name, value in meta["args"].items()},
        )
        trainer = RecordedTrainer(
            model=model,
            args=args,
            train_dataset=DatasetDict(data) if several else data[None],
            loss=losses if several else losses[None],
            callbacks=[recorder],
        )
        trainer.recorder = recorder
        trainer.train()
    recorder.made[f"ndcg/{meta['args']['maxSteps']}"] = numbers(ndcg(model, meta["task"]))
    return recorder


def ndcg(model: SparseEncoder, task: dict[str, Any]) -> float:
    """The mean nDCG@10 over all orders of documents with equal scores: a model that has lost all active dimensions scores
    every document 0. Each query has one relevant document."""
    options = {"convert_to_sparse_tensor": False, "show_progress_bar": False}
    queries = model.encode_query(task["queries"], **options)
    documents = model.encode_document(task["documents"], **options)
    gains = []
    for scores, (relevant,) in zip(model.similarity(queries, documents), task["relevant"], strict=True):
        above = int((scores > scores[relevant]).sum())
        tied = int((scores == scores[relevant]).sum())
        places = range(above, above + tied)
        gains.append(sum(1 / math.log2(place + 2) for place in places if place < 10) / tied)
    return sum(gains) / len(gains)


def given_batches(base: type, epochs: list[list[list[int]]], reverse: bool) -> type:
    """Makes a sampler that returns the batches of each epoch, as lists of row indices."""

    class GivenBatches(base):
        done = 0

        def __iter__(self) -> Iterator[list[int]]:
            batches = epochs[self.done]
            self.done += 1
            return iter([rows[::-1] for rows in batches] if reverse else batches)

        def __len__(self) -> int:
            return len(epochs[0])

    return GivenBatches


class Recorder(TrainerCallback):
    """Records what a run is compared by: means over the batches of a step, as the trainer accumulates them."""

    def __init__(self, model: SparseEncoder, meta: dict[str, Any], losses: list[nn.Module]) -> None:
        parameters = dict(model.named_parameters(remove_duplicate=False))
        self.parameters = {name: parameters[name] for name in meta["parameters"]}
        self.frozen = {name: parameters[name] for name in meta["frozen"]}
        # The counters of dead latents.
        self.counters = [buffer for name, buffer in model.named_buffers() if name.endswith("stats_last_nonzero")]
        self.records = meta["records"]
        self.weighted = [loss for loss in losses if isinstance(loss, SpladeLoss)]
        self.made: dict[str, Tensor] = {}
        self.component_names: list[str] = []
        self.losses: list[Tensor] = []
        self.components: list[Tensor] = []

    def on_pre_optimizer_step(self, args: Any, state: Any, control: Any, optimizer: Any, **_: Any) -> None:
        step = state.global_step + 1
        groups = {parameter: group for group in optimizer.param_groups for parameter in group["params"]}
        own = [groups[parameter] for parameter in self.parameters.values()]
        self.made[f"rates/{step}"] = numbers([group["lr"] for group in own])
        self.made[f"decays/{step}"] = numbers([group["weight_decay"] for group in own])
        self.made[f"loss/{step}"] = mean(self.losses)
        self.made[f"components/{step}"] = mean(self.components)
        if self.weighted:
            weights = [[loss.document_regularizer_weight, loss.query_regularizer_weight or 0.0] for loss in self.weighted]
            self.made[f"weights/{step}"] = numbers(weights).flatten()
        self.losses.clear()
        self.components.clear()

    def on_optimizer_step(self, args: Any, state: Any, control: Any, optimizer: Any, **_: Any) -> None:
        step = state.global_step + 1
        if self.counters:
            self.made[f"counters/{step}"] = torch.cat(self.counters).double()
        if step not in self.records:
            return
        for name, parameter in self.frozen.items():
            self.made[f"parameter/{step}/{name}"] = parameter.detach().clone()
        for name, parameter in self.parameters.items():
            moments = optimizer.state[parameter]
            self.made[f"parameter/{step}/{name}"] = parameter.detach().clone()
            self.made[f"first/{step}/{name}"] = moments["exp_avg"].clone()
            self.made[f"second/{step}/{name}"] = moments["exp_avg_sq"].clone()

    def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, Any], **_: Any) -> None:
        if "grad_norm" in logs:
            self.made[f"norm/{state.global_step}"] = numbers(logs["grad_norm"])


class RecordedTrainer(SparseEncoderTrainer):
    """The reference's trainer, unchanged. It reports its losses to the recorder, because its log rounds them."""

    recorder: Recorder

    def compute_loss(self, model: Any, inputs: Any, return_outputs: bool = False, **options: Any) -> Any:
        if "label" in inputs:
            # A collator makes scores float32. Their values are the same in float64.
            inputs["label"] = inputs["label"].to(next(model.parameters()).dtype)
        value = super().compute_loss(model, inputs, return_outputs, **options)
        self.recorder.losses.append(value.detach())
        if len(self.recorder.components) < len(self.recorder.losses):
            self.recorder.component_names = ["base_loss"]
            self.recorder.components.append(value.detach().reshape(1))
        return value

    def track_loss_components(self, loss: dict[str, Tensor]) -> None:
        self.recorder.component_names = list(loss)
        self.recorder.components.append(torch.stack([part.detach().double() for part in loss.values()]))
        super().track_loss_components(loss)


def snake(name: str) -> str:
    """Converts the name of an argument: `adamBeta2` becomes `adam_beta2`."""
    return re.sub(r"[A-Z]", lambda letter: "_" + letter.group().lower(), name)


def numbers(values: Any) -> Tensor:
    return torch.tensor(values, dtype=torch.float64)


def mean(values: list[Tensor]) -> Tensor:
    return torch.stack([value.double() for value in values]).mean(0)


disable_progress_bars()
