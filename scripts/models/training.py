"""A training loop for the reference's models and losses, in plain PyTorch."""

import json
import random
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

import torch
from progress import report

CLIP = 1.0
# The number of batches whose pairs are sorted by length together.
WINDOW = 50


@dataclass
class Stage:
    loss: torch.nn.Module
    # [{"params": [...], "lr": ...}, ...]
    parameter_groups: list[dict]
    steps: int
    batch: int
    # Called before every step with the finished share of the stage.
    before_step: Callable[[float], None] = lambda done: None
    # The route of a Router for each column.
    tasks: tuple[str | None, str | None] = (None, None)
    warmup: float = 0.1


@dataclass
class Recipe:
    model: torch.nn.Module
    # The stages run one after the other. Each continues with pairs that the earlier stages have not seen.
    stages: list[Stage]


def read_json_lines(file: Path) -> list[dict]:
    with file.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def train(recipe: Recipe, pairs: list[dict], minutes: float | None) -> dict:
    """Runs the stages, each for its `steps` or until its share of the minutes is over."""
    torch.manual_seed(0)
    started, seen, trained = time.monotonic(), 0, []
    steps = [stage.steps for stage in recipe.stages]
    for index, (stage, end) in enumerate(zip(recipe.stages, stage_ends(steps, minutes))):
        name = f"stage {index + 1} of {len(steps)}"
        seconds = None if end is None else 60 * end - (time.monotonic() - started)
        losses = []
        for loss, done in train_stage(recipe.model, stage, rotated(pairs, seen), seconds):
            losses.append(loss)
            recent = losses[-20:]
            report(
                f"{name}, step {len(losses)}, loss {sum(recent) / len(recent):.3f}",
                (sum(steps[:index]) + done * stage.steps) / sum(steps),
            )
        if not losses:
            sys.exit(f"the minutes were over before the first step of {name}: give more of them")
        seen += len(losses) * stage.batch
        trained.append({"steps": len(losses), "loss": losses[-1]})
    return {
        "steps": sum(stage["steps"] for stage in trained),
        "seconds": round(time.monotonic() - started),
        "stages": trained,
    }


def stage_ends(steps: list[int], minutes: float | None) -> list[float | None]:
    """The latest end of each stage, in minutes from the start. A stage's share of the minutes is its share of the steps."""
    return [None if minutes is None else minutes * done / sum(steps) for done in accumulate(steps)]


def train_stage(
    model: torch.nn.Module, stage: Stage, pairs: list[dict], seconds: float | None
) -> Iterator[tuple[float, float]]:
    """Yields every step's loss and the finished share. The schedules end with the steps or the seconds."""
    optimizer = torch.optim.AdamW(stage.parameter_groups, weight_decay=0.0)
    peaks = [group["lr"] for group in optimizer.param_groups]
    parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]
    started = time.monotonic()
    for step, batch in enumerate(batches(pairs, stage.batch)):
        elapsed = time.monotonic() - started
        done = step / stage.steps
        if seconds is not None:
            done = max(done, elapsed / seconds if seconds > 0 else 1.0)
        if done >= 1:
            return
        stage.before_step(done)
        for group, peak in zip(optimizer.param_groups, peaks):
            group["lr"] = peak * min(done / stage.warmup, 1.0, (1 - done) / (1 - stage.warmup))
        model.train()
        parts = stage.loss(features(model, stage, batch), None)
        loss = sum(parts.values()) if isinstance(parts, dict) else parts
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, CLIP)
        optimizer.step()
        yield loss.item(), done


def features(model: torch.nn.Module, stage: Stage, batch: list[dict]) -> list[dict]:
    columns = ([row["anchor"] for row in batch], [row["positive"] for row in batch])
    return [
        model.preprocess(texts) if task is None else model.preprocess(texts, task=task)
        for texts, task in zip(columns, stage.tasks)
    ]


def rotated(pairs: list[dict], start: int) -> list[dict]:
    start %= len(pairs)
    return pairs[start:] + pairs[:start]


def batches(pairs: list[dict], size: int) -> Iterator[list[dict]]:
    """Endless batches, in the same order every time. Texts of similar length share a batch, which keeps padding small."""
    order = random.Random(0)
    window = WINDOW * size
    while True:
        for start in range(0, len(pairs), window):
            near = sorted(pairs[start : start + window], key=lambda row: len(row["positive"]))
            cut = list(without_repetitions(near, size))
            order.shuffle(cut)
            yield from cut


def without_repetitions(pairs: list[dict], size: int) -> Iterator[list[dict]]:
    """No batch holds an anchor or a positive twice, because it would be its own negative."""
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
