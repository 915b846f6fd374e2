"""Adapters of the reference: reads cases from a JSON file, writes what peft makes of each to another one.

Usage: adapters.py SITE_PACKAGES INPUT OUTPUT. The folder SITE_PACKAGES has peft; everything else is the reference's.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from typing import Any

sys.path.append(sys.argv[1])

import torch  # noqa: E402
from peft import LoraConfig  # noqa: E402
from sentence_transformers import SparseEncoder  # noqa: E402
from sentence_transformers.sparse_encoder.losses import SparseMultipleNegativesRankingLoss, SpladeLoss  # noqa: E402

torch.set_num_threads(1)


def lists(named: dict[str, torch.Tensor]) -> dict[str, list[float]]:
    return {name: tensor.detach().flatten().tolist() for name, tensor in named.items()}


def encoded(model: SparseEncoder, texts: list[str]) -> list[list[float]]:
    return model.encode(texts, convert_to_sparse_tensor=False, show_progress_bar=False).tolist()


def trained(model: SparseEncoder) -> dict[str, torch.nn.Parameter]:
    return {name: parameter for name, parameter in model.named_parameters() if parameter.requires_grad}


def nudge(parameters: Iterable[torch.nn.Parameter]) -> None:
    """Moves every number to a neighbouring float, one up and one down."""
    with torch.no_grad():
        for parameter in parameters:
            up = torch.arange(parameter.numel()).reshape(parameter.shape) % 2 == 0
            target = torch.where(up, torch.inf, -torch.inf).to(parameter.dtype)
            parameter.copy_(torch.nextafter(parameter, target))


def run(case: dict[str, Any], nudged: bool = False) -> dict[str, Any]:
    """case: folder, options of LoraConfig, ours (an adapter's folder), texts, columns, steps, learning rate, epsilon, output."""
    opened = SparseEncoder(case["ours"], device="cpu").float()
    result: dict[str, Any] = {"opened": encoded(opened, case["texts"])}
    model = SparseEncoder(case["folder"], device="cpu").float()
    torch.manual_seed(1)
    model.add_adapter(LoraConfig(**case["options"]))
    result["parameters"] = [
        [name, list(parameter.shape), parameter.requires_grad] for name, parameter in model.named_parameters()
    ]
    result["initial"] = lists(trained(model))
    values = dict(opened.named_parameters())
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.copy_(values[name])
    if nudged:
        nudge(model.parameters())
    parameters = trained(model)
    loss = SpladeLoss(
        model,
        SparseMultipleNegativesRankingLoss(model),
        document_regularizer_weight=0.003,
        query_regularizer_weight=0.005,
    )
    optimizer = torch.optim.AdamW(
        parameters.values(), lr=case["rate"], eps=case["epsilon"], weight_decay=0.0
    )
    losses = []
    for step in range(case["steps"]):
        optimizer.zero_grad()
        value = sum(loss([model.preprocess(column) for column in case["columns"]], None).values())
        value.backward()
        losses.append(value.item())
        if step == 0:
            result["gradients"] = lists({name: x.grad for name, x in parameters.items() if x.grad is not None})
        optimizer.step()
    if nudged:
        return {"losses": losses, "trained": lists(parameters)}
    model.save_pretrained(case["output"])
    return {
        # How far the reference is from itself after a change that is no more than rounding.
        "nudged": run(case, nudged=True),
        **result,
        "losses": losses,
        "trained": lists(parameters),
        "encoded": encoded(model, case["texts"]),
        "targets": sorted(model.transformers_model.peft_config["default"].target_modules)
        if not isinstance(model.transformers_model.peft_config["default"].target_modules, str)
        else model.transformers_model.peft_config["default"].target_modules,
    }


with open(sys.argv[2], encoding="utf-8") as file:
    cases = json.load(file)
with open(sys.argv[3], "w", encoding="utf-8") as file:
    json.dump([run(case) for case in cases], file)
