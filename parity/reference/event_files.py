"""Reads a folder of event files (the first argument) with TensorBoard. Prints scalars with step and wall time, and texts, as JSON."""

from __future__ import annotations

import json
import sys

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

reader = EventAccumulator(sys.argv[1], size_guidance={"scalars": 0, "tensors": 0})
reader.Reload()
tags = reader.Tags()
scalars = {
    tag: [{"step": each.step, "wallTime": each.wall_time, "value": each.value} for each in reader.Scalars(tag)]
    for tag in tags["scalars"]
}
texts = {tag: [each.tensor_proto.string_val[0].decode() for each in reader.Tensors(tag)] for tag in tags["tensors"]}
json.dump({"scalars": scalars, "texts": texts}, sys.stdout)
