"""Runs a user's function, or a module with weights, as the reference: `run` is called through src/python/bridge.ts.

A request has one target and some cases. Each case runs in single precision as given, and again with every input moved
to a neighbouring float; each of these runs is compared with the same run in double precision. The largest difference
shows how exactly the reference itself computes in single precision. A user's own function may take the place of the
run in double precision.
"""

from __future__ import annotations

import importlib
import inspect
import sys
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

import closed_forms

# How often the inputs are moved to neighbouring floats.
NUDGES = (2654435761, 2246822519)
# Cotangents for each output that is not a single number.
COTANGENTS = 2

Tree = Any


def add_paths(meta: dict[str, Any], _: dict[str, np.ndarray]) -> tuple[None, dict[str, np.ndarray]]:
    """Puts the folders of a user's modules in front of the installed ones."""
    for path in reversed(meta["paths"]):
        if path not in sys.path:
            sys.path.insert(0, path)
    return None, {}


def inspect_target(meta: dict[str, Any], _: dict[str, np.ndarray]) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Imports what a target names and says whether it takes the target's arguments."""
    spec = meta["reference"]
    callables = [("reference", spec["call"])]
    if spec.get("truth"):
        callables.append(("truth", spec["truth"]))
    for what, name in callables:
        try:
            found = resolve(name)
        except Exception as error:
            return {"problem": f"{what} {name!r} cannot be imported: {type(error).__name__}: {error}"}, {}
        if not callable(found):
            return {"problem": f"{what} {name!r} is a {type(found).__name__}, which cannot be called"}, {}
    try:
        target = module_of(spec) if "construct" in spec else resolve(spec["call"])
    except Exception as error:
        return {"problem": f"{spec['call']!r} cannot be constructed: {type(error).__name__}: {error}"}, {}
    parameters = shapes_of(target) if isinstance(target, nn.Module) else {}
    function = target.forward if isinstance(target, nn.Module) else target
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        # Functions written in C++ tell no signature; the first case shows whether they take the arguments.
        return {"parameters": parameters}, {}
    args, kwargs = arranged(spec, {name: None for name in meta["inputs"]})
    try:
        signature.bind(*args, **kwargs)
    except TypeError as error:
        return {"problem": f"{spec['call']}{signature} does not take the inputs {', '.join(meta['inputs'])}: {error}"}, {}
    return {"parameters": parameters}, {}


def run(meta: dict[str, Any], tensors: dict[str, np.ndarray]) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Runs every case on every leg."""
    out: dict[str, np.ndarray] = {}
    results = [run_case(meta, case, tensors, f"{index}", out) for index, case in enumerate(meta["cases"])]
    return {"results": results}, out


def run_case(
    meta: dict[str, Any], case: dict[str, Any], tensors: dict[str, np.ndarray], prefix: str, out: dict[str, np.ndarray]
) -> dict[str, Any]:
    spec = meta["reference"]
    plain = Leg(meta, case, tensors, torch.float32, None)
    single = plain.compute(spec["call"])
    if "error" in single:
        return single
    cotangents = single["cotangents"]
    truth = Leg(meta, case, tensors, torch.float64, None, cotangents).compute_truth()
    if "error" in truth:
        return {"only": f"the reference computes in float32 but not in float64: {truth['error']['message']}"}
    errors = {name: largest_error(single["tensors"].get(name), exact) for name, exact in truth["tensors"].items()}
    for factor in NUDGES if meta["nudge"] else ():
        near = Leg(meta, case, tensors, torch.float32, factor, cotangents).compute(spec["call"])
        exact = Leg(meta, case, tensors, torch.float64, factor, cotangents).compute(spec["call"])
        for name in errors if "tensors" in near and "tensors" in exact else ():
            if name in near["tensors"] and name in exact["tensors"]:
                errors[name] = max(errors[name], largest_error(near["tensors"][name], exact["tensors"][name]))
    for leg, result in (("float32", single), ("truth", truth)):
        for name, array in result["tensors"].items():
            out[f"{prefix}/{leg}/{name}"] = array
    for number, group in enumerate(cotangents):
        for name, array in group.items():
            out[f"{prefix}/cotangents/{number}/{name}"] = array
    out[f"{prefix}/errors"] = np.array(list(errors.values()), dtype=np.float64)
    return {"errors": list(errors), "plain": single["plain"], "layers": single["layers"]}


class Leg:
    """One run of a case: in one precision, with the inputs as given or moved."""

    def __init__(
        self,
        meta: dict[str, Any],
        case: dict[str, Any],
        tensors: dict[str, np.ndarray],
        dtype: torch.dtype,
        factor: int | None,
        cotangents: list[dict[str, np.ndarray]] | None = None,
    ) -> None:
        self.meta, self.case, self.dtype, self.cotangents = meta, case, dtype, cotangents
        self.leaves: dict[str, Tensor] = {}
        self.inputs = {name: self.build(tree, tensors, name, factor) for name, tree in case["inputs"].items()}
        self.weights = {
            name[len("weights/") :]: array for name, array in tensors.items() if name.startswith("weights/")
        }

    def build(self, tree: Tree, tensors: dict[str, np.ndarray], path: str, factor: int | None) -> Any:
        if "list" in tree:
            return [self.build(item, tensors, f"{path}.{index}", factor) for index, item in enumerate(tree["list"])]
        if "record" in tree:
            return {key: self.build(item, tensors, f"{path}.{key}", factor) for key, item in tree["record"].items()}
        if "number" in tree:
            value = tensors[tree["number"]].item()
            return int(value) if tree["integer"] else float(value)
        if "plain" in tree:
            return tree["plain"]
        array = tensors[tree["tensor"]]
        if factor is not None:
            array = nudged(array, factor)
        leaf = torch.from_numpy(array.copy())
        if leaf.is_floating_point():
            double = self.dtype == torch.float64
            leaf = (leaf.double() if double else leaf).requires_grad_(path in self.meta["gradients"])
        self.leaves[path] = leaf
        return leaf

    def compute_truth(self) -> dict[str, Any]:
        spec = self.meta["reference"]
        if not spec.get("truth"):
            return self.compute(spec["call"])
        if spec.get("mpmath"):
            # At a kink the derivative of a closed form says nothing of the subgradient.
            smooth = [] if self.case["sharp"] else self.meta["gradients"]
            own = closed_forms.compute(resolve(spec["truth"]), self.inputs, smooth, self.cotangents or [])
            differentiable = bool(smooth)
        else:
            own = self.compute(spec["truth"])
            differentiable = own.get("differentiable", False)
        if "error" in own or differentiable or not self.meta["gradients"]:
            return own
        # A truth without derivatives stands for the values; the gradients come from the reference.
        reference = self.compute(spec["call"])
        gradients = {name: x for name, x in reference.get("tensors", {}).items() if name.startswith("gradient")}
        return {**own, "tensors": {**own["tensors"], **gradients}}

    def compute(self, call: str) -> dict[str, Any]:
        """Outputs, gradients and intermediate results by name. An exception of the reference is also a result."""
        spec = self.meta["reference"]
        layers: list[str] = []
        seen: dict[str, np.ndarray] = {}
        try:
            function = resolve(call)
            if "construct" in spec and call == spec["call"]:
                function = self.module(spec, layers, seen)
            with torch.random.fork_rng(devices=[]):
                torch.manual_seed(0)
                args, kwargs = arranged(spec, self.inputs)
                result = function(*args, **kwargs)
                outputs = dict(flat(result, "value"))
                numbers = {name: as_tensor(x) for name, x in outputs.items() if is_numeric(x)}
                plain = {name: x if isinstance(x, str) or x is None else repr(x) for name, x in outputs.items() if not is_numeric(x)}
                gradients = self.gradients(numbers, function)
        except Exception as error:  # the class and text of any error are compared with ours
            return {"error": {"type": type(error).__name__, "message": str(error)[:500]}}
        tensors = {name: to_numpy(x) for name, x in numbers.items()}
        differentiable = any(x.requires_grad for x in numbers.values())
        return {
            "tensors": {**seen, **tensors, **gradients},
            "plain": plain,
            "cotangents": self.cotangents or [],
            "layers": layers,
            "differentiable": differentiable,
        }

    def module(self, spec: dict[str, Any], layers: list[str], seen: dict[str, np.ndarray]) -> nn.Module:
        module = module_of(spec).to(self.dtype)
        state = {name: torch.from_numpy(array.copy()) for name, array in self.weights.items()}
        if state:
            module.load_state_dict({name: x.to(self.dtype) if x.is_floating_point() else x for name, x in state.items()})
        for name, layer in module.named_modules():
            if name in self.meta.get("layers", []):
                layer.register_forward_hook(recorder(name, layers, seen))
        return module

    def gradients(self, numbers: dict[str, Tensor], function: Any) -> dict[str, np.ndarray]:
        asked = self.meta["gradients"]
        outputs = {name: x for name, x in numbers.items() if x.is_floating_point() and x.requires_grad}
        if not asked or not outputs:
            self.cotangents = self.cotangents or []
            return {}
        if self.cotangents is None:
            self.cotangents = cotangents_for(outputs)
        leaves = {path: leaf for path, leaf in self.leaves.items() if path in asked}
        if isinstance(function, nn.Module):
            leaves |= {f"weights/{name}": x for name, x in function.named_parameters() if f"weights/{name}" in asked}
        found: dict[str, np.ndarray] = {}
        for number, group in enumerate(self.cotangents):
            total = sum((torch.from_numpy(group[name]).to(x.dtype) * x).sum() for name, x in outputs.items() if name in group)
            parts = torch.autograd.grad(total, list(leaves.values()), retain_graph=True, allow_unused=True)
            for path, part in zip(leaves, parts, strict=True):
                if part is not None:
                    found[f"gradient/{path}{suffix(number)}"] = to_numpy(part)
        return found


def suffix(number: int) -> str:
    return "" if number == 0 else f"#{number + 1}"


def cotangents_for(outputs: dict[str, Tensor]) -> list[dict[str, np.ndarray]]:
    """1 for an output that is one number; otherwise random directions, the same for the same shapes."""
    if len(outputs) == 1 and all(x.numel() == 1 for x in outputs.values()):
        return [{name: np.ones(tuple(x.shape), dtype=np.float32) for name, x in outputs.items()}]
    random = np.random.default_rng(20261124)
    return [
        {name: random.uniform(-1, 1, tuple(x.shape)).astype(np.float32) for name, x in outputs.items()}
        for _ in range(COTANGENTS)
    ]


def recorder(name: str, layers: list[str], seen: dict[str, np.ndarray]) -> Callable[..., None]:
    def record(_module: nn.Module, _inputs: Any, output: Any) -> None:
        for path, x in flat(output, f"layer/{name}"):
            if is_numeric(x) and path not in seen:
                seen[path] = to_numpy(as_tensor(x))
                layers.append(path)

    return record


def resolve(name: str) -> Any:
    """The object of "module:attribute.attribute"."""
    module, _, attributes = name.partition(":")
    found: Any = importlib.import_module(module)
    for attribute in attributes.split("."):
        found = getattr(found, attribute)
    return found


def module_of(spec: dict[str, Any]) -> nn.Module:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return resolve(spec["call"])(**spec["construct"]).eval()


def shapes_of(module: nn.Module) -> dict[str, list[int]]:
    return {name: list(x.shape) for name, x in module.state_dict().items()}


def initial_weights(meta: dict[str, Any], _: dict[str, np.ndarray]) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """The weights that a module starts with, moved a little so that no two are equal and none is 0 or 1, and the names
    of its layers."""
    module = module_of(meta["reference"])
    layers = [name for name, _ in module.named_modules() if name]
    random = torch.Generator().manual_seed(1)
    weights = {}
    for name, x in module.state_dict().items():
        if x.is_floating_point():
            x = x + 0.05 * torch.rand(x.shape, generator=random, dtype=x.dtype)
        weights[name] = to_numpy(x)
    return {"layers": layers}, weights


def arranged(spec: dict[str, Any], inputs: dict[str, Any]) -> tuple[list[Any], dict[str, Any]]:
    """Arguments by position and by name. The keyword `rename` of a target gives other names."""
    positional = spec.get("positional") or []
    rename = spec.get("rename") or {}
    rest = {rename.get(name, name): value for name, value in inputs.items() if name not in positional}
    return [inputs[name] for name in positional], rest | (spec.get("fixed") or {})


def flat(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from flat(item, f"{path}.{key}")
    elif isinstance(value, (list, tuple)):
        for index, item in enumerate(value):
            yield from flat(item, f"{path}.{index}")
    else:
        yield path, value


def is_numeric(value: Any) -> bool:
    return isinstance(value, (Tensor, np.ndarray, np.generic, bool, int, float))


def as_tensor(value: Any) -> Tensor:
    if isinstance(value, Tensor):
        return value
    return torch.as_tensor(np.asarray(value))


def to_numpy(tensor: Tensor) -> np.ndarray:
    tensor = tensor.detach()
    if tensor.is_sparse:
        tensor = tensor.to_dense()
    if tensor.dtype in (torch.float16, torch.bfloat16):
        tensor = tensor.float()
    if tensor.dtype in (torch.int8, torch.uint8, torch.int16):
        tensor = tensor.int()
    # ascontiguousarray would make a number an array of one.
    return tensor.contiguous().numpy()


def nudged(array: np.ndarray, factor: int) -> np.ndarray:
    """Moves every float except 0 to one of its neighbours, or leaves it. Its bits decide, so equal numbers stay equal."""
    if array.dtype not in (np.float32, np.float64):
        return array
    single = array.dtype == np.float32
    bits = np.ascontiguousarray(array).view(np.int32 if single else np.int64)
    step = (bits.astype(np.uint32) * np.uint32(factor) >> np.uint32(30)).astype(bits.dtype) % 3 - 1
    moved = np.where((array == 0) | ~np.isfinite(array), 0, step).astype(bits.dtype)
    return (bits + moved).view(array.dtype)


def largest_error(found: np.ndarray | None, exact: np.ndarray) -> float:
    if found is None or found.shape != exact.shape:
        return 0.0
    with np.errstate(invalid="ignore", over="ignore"):
        difference = np.abs(found.astype(np.float64) - exact.astype(np.float64))
    finite = difference[np.isfinite(difference)]
    return float(finite.max()) if finite.size else 0.0
