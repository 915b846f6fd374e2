"""Factors of transformers' learning rate schedules: cases as JSON on stdin, a list of factors for each on stdout."""

from __future__ import annotations

import json
import sys
from typing import Any

import torch
from transformers.optimization import get_scheduler


def factors(case: dict[str, Any]) -> list[float]:
    rate = case["learning_rate"]
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=rate)
    schedule = get_scheduler(
        case["name"], optimizer, case["warmup_steps"], case["total_steps"], scheduler_specific_kwargs=case["options"]
    )
    (factor,) = schedule.lr_lambdas
    return [float(factor(step)) for step in range(case["total_steps"])]


json.dump([factors(case) for case in json.load(sys.stdin)], sys.stdout)
