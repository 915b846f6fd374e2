"""Runs the optimizers that transformers' trainer makes. Stdin has raw float64: the initial parameters, then the gradients of every step.

Stdout has float64 for each variant, leg and step: the parameters, then the state. The legs are float32, float32 with every
number moved to a neighbouring float, and float64 (the truth).
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from transformers import Trainer, TrainingArguments

STATE = {"adafactor": ("exp_avg_sq_row", "exp_avg_sq_col", "exp_avg_sq"), "sgd": ("momentum_buffer",)}


def legs(numbers: np.ndarray) -> Iterator[torch.Tensor]:
    values = torch.from_numpy(numbers.copy())
    single = values.float()
    yield single
    yield torch.nextafter(single, torch.full_like(single, torch.inf))
    yield values


def steps(numbers: torch.Tensor, shapes: list[list[int]], variant: dict[str, Any]) -> Iterator[bytes]:
    sizes = [int(np.prod(shape)) for shape in shapes]
    initial, *gradients = (
        [part.reshape(shape).clone() for part, shape in zip(row.split(sizes), shapes)] for row in numbers
    )
    parameters = [torch.nn.Parameter(values) for values in initial]
    args = TrainingArguments("unused", use_cpu=True, **variant["args"])
    kind, options = Trainer.get_optimizer_cls_and_kwargs(args)
    groups = [
        {"params": [parameter], "lr": rate, "weight_decay": decay}
        for parameter, rate, decay in zip(parameters, variant["rates"], variant["decays"])
    ]
    optimizer = kind(groups, **options)
    for step, own in enumerate(gradients):
        for group, rate in zip(optimizer.param_groups, variant["rates"]):
            group["lr"] = rate * variant["factors"][step]
        for parameter, gradient in zip(parameters, own):
            parameter.grad = gradient.clone()
        if variant["maxGradientNorm"] is not None:
            torch.nn.utils.clip_grad_norm_(parameters, variant["maxGradientNorm"])
        optimizer.step()
        kept = [optimizer.state[each].get(name) for each in parameters for name in STATE[args.optim]]
        made = [*parameters, *(each for each in kept if each is not None)]
        yield torch.cat([each.detach().double().flatten() for each in made]).numpy().tobytes()


def main() -> None:
    request = json.loads(sys.argv[1])
    size = sum(int(np.prod(shape)) for shape in request["shapes"])
    numbers = np.frombuffer(sys.stdin.buffer.read(), dtype=np.float64).reshape(-1, size)
    torch.set_num_threads(1)
    for variant in request["variants"]:
        for leg in legs(numbers):
            for made in steps(leg, request["shapes"], variant):
                sys.stdout.buffer.write(made)


if __name__ == "__main__":
    main()
