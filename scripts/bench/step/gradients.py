"""Prints the loss and the gradients of one step of reference.py, with padding, as raw float32. argv[1] is the case."""

from __future__ import annotations

import json
import sys

import numpy as np
import torch
from reference import Step


def main() -> None:
    request = json.loads(sys.argv[1])
    step = Step(request["row"])
    for column, lengths in zip(step.columns, request["lengths"]):
        for mask, length in zip(column["attention_mask"], lengths):
            mask[length:] = 0
    value = step.gradients()
    parameters = dict(step.model[0].auto_model.named_parameters())
    gradients = [parameters[name].grad.reshape(-1) for name in sorted(parameters)]
    sys.stdout.buffer.write(np.float32(value).tobytes() + torch.cat(gradients).numpy().tobytes())


if __name__ == "__main__":
    main()
