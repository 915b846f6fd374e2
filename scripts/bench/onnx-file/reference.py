"""The reference's side of the model-file benchmark: one request per line on stdin, one answer per line on stdout."""

from __future__ import annotations

import multiprocessing
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper

sys.path.insert(0, str(Path(__file__).parents[1]))
from protocol import peak_mib, serve  # noqa: E402


def build_model(row: dict[str, Any]) -> onnx.ModelProto:
    """Builds the same model as `fileModel` in model.ts."""
    nodes, weights, dims = row["nodes"], row["weights"], row["dims"]
    chain = [
        helper.make_node("Add", [f"value_{i}", f"weight_{i % weights}"], [f"value_{i + 1}"], name=f"add_{i}")
        for i in range(nodes)
    ]
    ends = [helper.make_tensor_value_info(f"value_{i}", TensorProto.FLOAT, dims) for i in (0, nodes)]
    model = helper.make_model(
        helper.make_graph(chain, "chain", ends[:1], ends[1:]),
        producer_name="benchmark",
        ir_version=10,
        opset_imports=[helper.make_opsetid("", 21)],
    )
    # Each tensor is built directly in the model, because a finished tensor would be copied into it.
    for i in range(weights):
        tensor = model.graph.initializer.add(name=f"weight_{i}", data_type=TensorProto.FLOAT, dims=dims)
        tensor.raw_data = np.float32(i + 1).tobytes() * (dims[0] * dims[1])
    return model


def save(path: Path, row: dict[str, Any]) -> None:
    onnx.save(build_model(row), path)


class Case:
    """A round writes the model file or reads it. Its value is the size of the file, or of the weights, in MiB."""

    def __init__(self, path: Path, row: dict[str, Any]) -> None:
        self.path = path
        if row["operation"] == "write":
            self.model = build_model(row)
            self.round = self.write
            return
        # Another process does this, so that this process only uses the memory that reading needs.
        process = multiprocessing.get_context("spawn").Process(target=save, args=(path, row))
        process.start()
        process.join()
        self.round = self.read

    def write(self) -> dict[str, float]:
        start = time.perf_counter()
        onnx.save(self.model, self.path)
        elapsed = time.perf_counter() - start
        return {"ms": elapsed * 1000, "value": self.path.stat().st_size / 2**20}

    def read(self) -> dict[str, float]:
        start = time.perf_counter()
        model = onnx.load(self.path)
        elapsed = time.perf_counter() - start
        size = sum(len(tensor.raw_data) for tensor in model.graph.initializer)
        return {"ms": elapsed * 1000, "value": size / 2**20}


def main() -> None:
    folder = tempfile.TemporaryDirectory(prefix="sparse-encoder-bench-")

    def prepare(row: dict[str, Any], _: int) -> tuple[Case, dict[str, Any]]:
        case = Case(Path(folder.name) / "model.onnx", row)
        # The model to write is already in memory, so the memory above this start is what writing needs.
        return case, {"engine": f"onnx {onnx.__version__}", "threads": 1, "startMiB": peak_mib()}

    serve(prepare, folder.cleanup)


if __name__ == "__main__":
    main()
