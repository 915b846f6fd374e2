"""Whole models: the outputs of their modules, their embeddings, and the gradients of losses with respect to their parameters.

`run` opens a folder as a SparseEncoder and runs some cases through it, each on the requested legs. The legs are those of
cases.py, applied to a model: the rows of the batch in reverse, and every parameter moved to a neighbouring float.
"""

from __future__ import annotations

import contextlib
from typing import Any

import numpy as np
import torch
from sentence_transformers import SparseEncoder
from torch import Tensor, nn
from transformers import Trainer
from transformers.models.gte import GtePreTrainedModel
from transformers.models.modernbert import modeling_modernbert
from transformers.utils import logging

import cases
import gte_new
import texts
from memory import raise_if_out_of_memory
from transformers_models import rotated

Tensors = dict[str, np.ndarray]

OWN_ROTATION = modeling_modernbert.apply_rotary_pos_emb


def run(meta: dict[str, Any], tensors: Tensors) -> tuple[dict[str, Any], Tensors]:
    """meta: folder, legs, cases. Returns the outcome of each case on each leg, under the names of the reference."""
    model = open_model(meta["folder"])
    out: Tensors = {}
    results: list[dict[str, Any]] = [{} for _ in meta["cases"]]
    state = {name: x.clone() for name, x in model.state_dict().items()}
    # The legs change the model in place, one after the other: the auto-encoder of a deep copy would use the original's counters.
    for leg in meta["legs"]:
        model.load_state_dict(state)
        LEGS[leg](model)
        for index, case in enumerate(meta["cases"]):
            # Training changes the counters of dead latents.
            for name, buffer in model.named_buffers():
                if name in state:
                    buffer.copy_(state[name])
            labels = None if case["labels"] is None else tensors[case["labels"]]
            with rotation_of(model):
                results[index][leg] = run_leg(Leg(model, leg == "float32-reversed"), case, labels, f"{index}/{leg}", out)
    return {"results": results}, out


def parameters(meta: dict[str, Any], _: Tensors) -> tuple[dict[str, Any], Tensors]:
    """The parameters of the model in a folder, in order: name, shape, whether it is trained, and whether weight decay applies."""
    model = open_model(meta["folder"])
    decayed = set(Trainer.get_decay_parameter_names(None, model))
    named = model.named_parameters()
    return {"parameters": [[name, list(x.shape), x.requires_grad, name in decayed] for name, x in named]}, {}


def minilm(meta: dict[str, Any], _: Tensors) -> tuple[dict[str, Any], Tensors]:
    """The folder of the SPLADE model that texts.py makes from MiniLM's weights; null if the weights are not installed."""
    try:
        return {"folder": str(texts.model_folder(texts.Path(meta["cache"])))}, {}
    except ModuleNotFoundError:
        return {"folder": None}, {}


def open_model(folder: str) -> SparseEncoder:
    logging.disable_progress_bar()
    # A path in a module's config is relative to the working directory.
    with contextlib.chdir(folder):
        model = SparseEncoder(folder, device="cpu").float()
    for module in model.modules():
        for name, value in vars(module).items():
            if isinstance(value, float) and (isinstance(module, nn.Dropout) or "dropout" in name):
                setattr(module, name, 0.0)
    return model


def nudged(model: SparseEncoder) -> SparseEncoder:
    nudge, _ = cases.nudged({})
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.copy_(torch.from_numpy(nudge(name, parameter.numpy())))
    return model


LEGS = {
    "float32": lambda model: model,
    "float32-reversed": lambda model: model,
    "float32-nudged": nudged,
    "float64": lambda model: model.double(),
}


@contextlib.contextmanager
def rotation_of(model: SparseEncoder):
    """ModernBERT's rotation. In transformers it is always float32, whatever the type of the model."""
    if next(model.parameters()).dtype == torch.float64:
        modeling_modernbert.apply_rotary_pos_emb = rotated
    try:
        yield
    finally:
        modeling_modernbert.apply_rotary_pos_emb = OWN_ROTATION


class Leg:
    """A model, and whether the rows of its batches are reversed."""

    def __init__(self, model: SparseEncoder, reverse: bool) -> None:
        self.model = model
        self.reverse = reverse

    def rows(self, x: Any) -> Any:
        if not self.reverse:
            return x
        return x.flip(0) if isinstance(x, Tensor) else x[::-1]

    def features(self, column: dict[str, Any]) -> dict[str, Any]:
        task = {} if column["task"] is None else {"task": column["task"]}
        return self.model.preprocess(inputs(self.rows(column["texts"])), prompt=column["prompt"] or None, **task)


def inputs(given: list[Any]) -> list[Any]:
    return [tuple(text) if isinstance(text, list) else text for text in given]


def run_leg(leg: Leg, case: dict[str, Any], labels: np.ndarray | None, prefix: str, out: Tensors) -> dict[str, Any]:
    """Runs one case on one leg. An exception of the reference is also a result."""
    try:
        if case["check"] == "features":
            made = features_of(leg, case)
        elif case["check"] == "encode":
            made = embeddings_of(leg, case)
        else:
            components, made = gradients_of(leg, case, labels)
            out.update({f"{prefix}/{name}": cases.to_numpy(x) for name, x in made.items()})
            return {"components": components}
    except Exception as error:
        raise_if_out_of_memory(error)
        return {"error": {"type": type(error).__name__, "message": str(error)[:500]}}
    out.update({f"{prefix}/{name}": cases.to_numpy(leg.rows(x)) for name, x in made.items()})
    return {}


def features_of(leg: Leg, case: dict[str, Any]) -> dict[str, Tensor]:
    """Every tensor of numbers that a module adds, with 0 at the padding."""
    made: dict[str, Tensor] = {}
    leg.model.train()
    for number, column in enumerate(case["columns"]):
        features = leg.features(column)
        mask = features["attention_mask"].unsqueeze(-1)
        for index, module in enumerate(leg.model):
            before = dict(features)
            features = module(features)
            for name, x in features.items():
                if isinstance(x, Tensor) and x.is_floating_point() and x is not before.get(name):
                    made[f"feature/{number}/{index}.{name}"] = x * mask if x.dim() == 3 else x
    return made


def embeddings_of(leg: Leg, case: dict[str, Any]) -> dict[str, Tensor]:
    given = inputs(leg.rows(case["columns"][0]["texts"]))
    methods = {name: getattr(leg.model, name) for name in ("encode", "encode_query", "encode_document")}
    return {
        name: method(given, batch_size=case["batchSize"], convert_to_sparse_tensor=False, show_progress_bar=False)
        for name, method in methods.items()
    }


def gradients_of(leg: Leg, case: dict[str, Any], labels: np.ndarray | None) -> tuple[list[str], dict[str, Tensor]]:
    model = leg.model.train()
    model.zero_grad(set_to_none=True)
    dtype = next(model.parameters()).dtype
    base, wrapper = cases.build(case, dtype, model)
    columns = [leg.features(column) for column in case["columns"]]
    given = None if labels is None else leg.rows(cases.leaf(labels, dtype).detach())
    components = wrapper(columns, cases.column_labels(base, given, len(columns)))
    value = sum(components.values())
    value.backward()
    made = {"value": value, "components": torch.stack([part.to(value.dtype) for part in components.values()])}
    gradients = [
        (name, torch.zeros_like(parameter) if parameter.grad is None else parameter.grad.clone())
        for name, parameter in named_with_aliases(model)
    ]
    if any(isinstance(module, GtePreTrainedModel) for module in model.modules()):
        gradients = gte_new.packed(gradients)
    made.update({f"gradient/0.{name}": gradient for name, gradient in gradients})
    return list(components), made


def named_with_aliases(model: SparseEncoder) -> list[tuple[str, nn.Parameter]]:
    """Each parameter once, under all its names: the names of a tied parameter are joined by `=`."""
    names: dict[nn.Parameter, list[str]] = {}
    for name, parameter in model.named_parameters(remove_duplicate=False):
        names.setdefault(parameter, []).append(name)
    return [("=".join(own), parameter) for parameter, own in names.items()]
