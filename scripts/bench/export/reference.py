"""The other side of the export benchmark: a graph that ends at the logits, followed by pooling as torch.onnx writes SpladePooling."""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper

sys.path.insert(0, str(Path(__file__).parents[1]))
from protocol import peak_mib, serve  # noqa: E402

# The same values as in ours.ts.
FIRST_ID, IDS = 1000, 20_000


def with_pooling(logits: str, folder: str) -> str:
    """Adds relu, log(1 + x), the product with the mask, and the maximum over the tokens. All but the last are [texts, length, vocabulary]."""
    model = onnx.load(logits)
    graph = model.graph
    vocabulary = graph.output[0].type.tensor_type.shape.dim[2].dim_value
    graph.node.extend(
        [
            helper.make_node("Relu", ["logits"], ["relu"]),
            helper.make_node("Add", ["relu", "one"], ["above_one"]),
            helper.make_node("Log", ["above_one"], ["weights"]),
            helper.make_node("Cast", ["attention_mask"], ["float_mask"], to=TensorProto.FLOAT),
            helper.make_node("Unsqueeze", ["float_mask", "last"], ["column"]),
            helper.make_node("Mul", ["weights", "column"], ["masked"]),
            helper.make_node("ReduceMax", ["masked", "tokens"], ["sentence_embedding"], keepdims=0),
        ]
    )
    graph.initializer.extend(
        [
            helper.make_tensor("one", TensorProto.FLOAT, [], [1.0]),
            helper.make_tensor("last", TensorProto.INT64, [1], [2]),
            helper.make_tensor("tokens", TensorProto.INT64, [1], [1]),
        ]
    )
    del graph.output[:]
    output = helper.make_tensor_value_info("sentence_embedding", TensorProto.FLOAT, ["batch_size", vocabulary])
    graph.output.append(output)
    path = str(Path(folder) / "naive.onnx")
    onnx.save(model, path)
    return path


class Case:
    def __init__(self, path: str, texts: int, length: int, threads: int) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        self.session = onnxruntime.InferenceSession(path, options)
        ids = FIRST_ID + np.arange(texts * length, dtype=np.int64) * 7919 % IDS
        shape = (texts, length)
        self.feeds = {
            "input_ids": ids.reshape(shape),
            "attention_mask": np.ones(shape, np.int64),
            "token_type_ids": np.zeros(shape, np.int64),
        }

    def round(self) -> dict[str, float]:
        start = time.perf_counter()
        (embeddings,) = self.session.run(None, self.feeds)
        return {"ms": (time.perf_counter() - start) * 1000, "value": float(embeddings.sum(dtype=np.float64))}


def prepare(row: dict[str, Any], threads: int) -> tuple[Case, dict[str, Any]]:
    # Another process does this, so that its memory does not count for the session.
    import multiprocessing

    with multiprocessing.get_context("spawn").Pool(1) as pool:
        path = pool.apply(with_pooling, (row["logits"], folder.name))
    start = peak_mib()
    engine = f"onnxruntime {onnxruntime.__version__}, pooled as torch.onnx does"
    return Case(path, row["texts"], row["length"], threads), {"engine": engine, "threads": threads, "startMiB": start}


if __name__ == "__main__":
    # The process that writes the graph also imports this file, and would leave its own folder behind.
    folder = tempfile.TemporaryDirectory()
    serve(prepare, folder.cleanup)
