"""The truth of an elementwise closed form, computed with 50 digits by mpmath."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
from torch import Tensor

DIGITS = 50


def compute(
    function: Callable[..., Any],
    inputs: dict[str, Any],
    gradients: list[str],
    cotangents: list[dict[str, np.ndarray]],
) -> dict[str, Any]:
    """Applies a function of single numbers to all elements of the inputs, which are broadcast against each other.

    A gradient is the cotangent times the partial derivative, summed over the elements that one input stands for."""
    try:
        with mpmath.workdps(DIGITS):
            return {"tensors": evaluate(function, inputs, gradients, cotangents)}
    except Exception as error:
        return {"error": {"type": type(error).__name__, "message": f"the closed form fails: {error}"[:500]}}


def evaluate(
    function: Callable[..., Any],
    inputs: dict[str, Any],
    gradients: list[str],
    cotangents: list[dict[str, np.ndarray]],
) -> dict[str, np.ndarray]:
    names = list(inputs)
    arrays = [np.asarray(x.detach().numpy() if isinstance(x, Tensor) else x, dtype=np.float64) for x in inputs.values()]
    spread = np.broadcast_arrays(*arrays)
    shape = spread[0].shape
    points = [[mpmath.mpf(float(x.flat[i])) for x in spread] for i in range(spread[0].size)]

    def at(point: list[Any]) -> Any:
        return function(**dict(zip(names, point, strict=True)))

    tensors = {"value": rounded([at(point) for point in points], shape)}
    for number, group in enumerate(cotangents):
        for index, name in enumerate(names):
            if name not in gradients:
                continue
            partial = [
                mpmath.diff(lambda x, p=point, k=index: at([*p[:k], x, *p[k + 1 :]]), point[index]) for point in points
            ]
            weighted = group["value"].astype(np.float64) * rounded(partial, shape)
            key = f"gradient/{name}" + ("" if number == 0 else f"#{number + 1}")
            tensors[key] = unbroadcast(weighted, arrays[index].shape)
    return tensors


def rounded(numbers: list[Any], shape: tuple[int, ...]) -> np.ndarray:
    return np.array([float(x) for x in numbers], dtype=np.float64).reshape(shape)


def unbroadcast(array: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    while array.ndim > len(shape):
        array = array.sum(axis=0)
    for axis, size in enumerate(shape):
        if size == 1 and array.shape[axis] != 1:
            array = array.sum(axis=axis, keepdims=True)
    return array
