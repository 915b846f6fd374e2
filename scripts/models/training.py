"""A training loop for the reference's models and losses, in plain PyTorch."""

import json
import random
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from progress import report

CLIP = 1.0
# Batches whose pairs are sorted by length together.
WINDOW = 50


@dataclass
class Recipe:
    model: torch.nn.Module
    loss: torch.nn.Module
    # [{"params": [...], "lr": ...}, ...]
    parameter_groups: list[dict]
    steps: int
    batch: int
    # Hears the share of the training that is done, before every step.
    before_step: Callable[[float], None] = lambda done: None
    # Which route of a Router each column takes.
    tasks: tuple[str | None, str | None] = (None, None)
    warmup: float = 0.1


def read_json_lines(file: Path) -> list[dict]:
    with file.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def train(recipe: Recipe, pairs: list[dict], minutes: float | None) -> dict:
    """Trains for `steps`, or until the minutes are over; the schedules end with whichever comes first."""
    torch.manual_seed(0)
    optimizer = torch.optim.AdamW(recipe.parameter_groups, weight_decay=0.0)
    peaks = [group["lr"] for group in optimizer.param_groups]
    parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]
    started, step, losses = time.monotonic(), 0, []
    for batch in batches(pairs, recipe.batch):
        elapsed = time.monotonic() - started
        done = max(step / recipe.steps, 0.0 if minutes is None else elapsed / (60 * minutes))
        if done >= 1:
            break
        recipe.before_step(done)
        for group, peak in zip(optimizer.param_groups, peaks):
            group["lr"] = peak * min(done / recipe.warmup, 1.0, (1 - done) / (1 - recipe.warmup))
        recipe.model.train()
        parts = recipe.loss(features(recipe, batch), None)
        loss = sum(parts.values()) if isinstance(parts, dict) else parts
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, CLIP)
        optimizer.step()
        step += 1
        losses.append(loss.item())
        report(f"step {step}, loss {sum(losses[-20:]) / len(losses[-20:]):.3f}", done)
    if step == 0:
        sys.exit("the minutes were over before the first step: give more of them")
    return {"steps": step, "seconds": round(time.monotonic() - started), "loss": losses[-1]}


def features(recipe: Recipe, batch: list[dict]) -> list[dict]:
    columns = ([row["anchor"] for row in batch], [row["positive"] for row in batch])
    return [
        recipe.model.preprocess(texts) if task is None else recipe.model.preprocess(texts, task=task)
        for texts, task in zip(columns, recipe.tasks)
    ]


def batches(pairs: list[dict], size: int) -> Iterator[list[dict]]:
    """Without end, in the same order every time. Texts of like length share a batch, which then has little padding."""
    order = random.Random(0)
    window = WINDOW * size
    while True:
        for start in range(0, len(pairs), window):
            near = sorted(pairs[start : start + window], key=lambda row: len(row["positive"]))
            cut = list(without_repetitions(near, size))
            order.shuffle(cut)
            yield from cut


def without_repetitions(pairs: list[dict], size: int) -> Iterator[list[dict]]:
    """No batch holds an anchor or a positive twice: it would be its own negative."""
    waiting = list(reversed(pairs))
    while len(waiting) >= size:
        batch, seen, postponed = [], set(), []
        while len(batch) < size and waiting:
            row = waiting.pop()
            texts = {row["anchor"].lower(), row["positive"]}
            if seen & texts:
                postponed.append(row)
                continue
            seen |= texts
            batch.append(row)
        waiting += reversed(postponed)
        if len(batch) == size:
            yield batch
