"""Runs torch.optim.AdamW on raw float32. Stdin: the parameters, then the gradients of every step. Stdout: the parameters after each step of each variant."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch


def steps(numbers: np.ndarray, request: dict[str, Any], variant: dict[str, Any]) -> Iterator[bytes]:
    """Yields the parameters after each step."""
    initial, *gradients = (torch.from_numpy(row.copy()).split(request["lengths"]) for row in numbers)
    parameters = [torch.nn.Parameter(values) for values in initial]
    groups = [{"params": [parameters[i] for i in each["indices"]], **each["options"]} for each in request["groups"]]
    optimizer = torch.optim.AdamW(groups, fused=variant["fused"], **request["options"])
    for step in gradients:
        for parameter, gradient in zip(parameters, step):
            parameter.grad = gradient
        if variant["maxGradientNorm"] is not None:
            torch.nn.utils.clip_grad_norm_(parameters, variant["maxGradientNorm"])
        optimizer.step()
        yield torch.cat([parameter.detach() for parameter in parameters]).numpy().tobytes()


def main() -> None:
    request = json.loads(sys.argv[1])
    numbers = np.frombuffer(sys.stdin.buffer.read(), dtype=np.float32).reshape(-1, sum(request["lengths"]))
    for variant in request["variants"]:
        for parameters in steps(numbers, request, variant):
            sys.stdout.buffer.write(parameters)


if __name__ == "__main__":
    main()
