"""Runs transformers' `reduce_lr_on_plateau`. Cases are JSON on stdin; stdout has the learning rates of all groups after each metric."""

from __future__ import annotations

import json
import sys
from typing import Any

import torch
from transformers.optimization import get_scheduler


def rates(case: dict[str, Any]) -> list[list[float]]:
    groups = [{"params": [torch.nn.Parameter(torch.zeros(1))], "lr": rate} for rate in case["rates"]]
    optimizer = torch.optim.SGD(groups)
    schedule = get_scheduler("reduce_lr_on_plateau", optimizer, scheduler_specific_kwargs=case["options"])
    found = []
    for metric in case["metrics"]:
        schedule.step(float("nan") if metric is None else metric)
        found.append([group["lr"] for group in optimizer.param_groups])
    return found


json.dump([rates(case) for case in json.load(sys.stdin)], sys.stdout)
