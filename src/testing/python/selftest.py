"""Functions that the bridge's tests call to check the bridge."""

from __future__ import annotations

import os
import signal
import sys
import time
import warnings
from typing import Any

import numpy as np

Tensors = dict[str, np.ndarray]


def echo(meta: Any, tensors: Tensors) -> tuple[Any, Tensors]:
    return meta, tensors


def describe(meta: Any, tensors: Tensors) -> tuple[Any, Tensors]:
    """Describes the received values as text and as bits, computed from numpy's own view of them."""
    described = {
        name: {
            "dtype": tensor.dtype.name,
            "shape": list(tensor.shape),
            "writable": bool(tensor.flags.writeable),
            "text": [repr(value) for value in tensor.reshape(-1).tolist()],
            "hex": tensor.tobytes().hex(),
        }
        for name, tensor in tensors.items()
    }
    return {"meta": repr(meta), "tensors": described}, {}


def special_values(meta: Any, tensors: Tensors) -> tuple[Any, Tensors]:
    values = [np.nan, np.inf, -np.inf, -0.0, 0.0, 5e-324, 1.5]
    return None, {"float32": np.array(values, dtype=np.float32), "float64": np.array(values, dtype=np.float64)}


def nan_in_meta(meta: Any, tensors: Tensors) -> tuple[Any, Tensors]:
    return {"loss": float("nan")}, {}


def unfit(meta: Any, tensors: Tensors) -> tuple[Any, Tensors]:
    """Returns a result that the exchange format must reject."""
    results: dict[str, tuple[Any, Any]] = {
        "float16": (None, {"x": np.zeros(1, dtype=np.float16)}),
        "list": (None, {"x": [1.0]}),
        "large integer": (2**53 + 1, {}),
        "infinity": ([-float("inf")], {}),
        "array in meta": ({"x": np.zeros(1)}, {}),
        "number as key": ({1: 2}, {}),
    }
    return results[meta]


def layouts(meta: Any, tensors: Tensors) -> tuple[Any, Tensors]:
    """Returns [[0, 1, 2], [3, 4, 5]] in every memory layout, and a scalar."""
    matrix = np.arange(6, dtype=np.float64).reshape(2, 3)
    return None, {
        "row_major": matrix,
        "column_major": np.asfortranarray(matrix),
        "transposed": matrix.T.copy().T,
        "strided": np.repeat(matrix, 2, axis=1)[:, ::2],
        "big_endian": matrix.astype(">f8"),
        "scalar": np.float64(-0.0),
        "empty": np.zeros((0, 3), dtype=np.int64),
    }


def long_text(meta: Any, tensors: Tensors) -> tuple[Any, Tensors]:
    return {"text": "é" * meta["length"]}, {}


def raise_error(meta: Any, tensors: Tensors) -> tuple[Any, Tensors]:
    raise ValueError(meta["message"])


def leave(meta: Any, tensors: Tensors) -> tuple[Any, Tensors]:
    sys.exit(3)


def talk(meta: Any, tensors: Tensors) -> tuple[Any, Tensors]:
    """Writes to both outputs in every way that libraries use."""
    print("selftest prints to stdout")
    print("selftest prints to stderr", file=sys.stderr)
    os.write(1, b"selftest writes to descriptor 1\n")
    os.write(2, b"selftest writes to descriptor 2\n")
    # Node's channel has this number.
    os.write(3, b"selftest writes to descriptor 3\n")
    warnings.warn("selftest warns", stacklevel=1)
    return {"stdin": sys.stdin.read()}, {}


def disturb_channel(meta: Any, tensors: Tensors) -> tuple[Any, Tensors]:
    """Writes a line to the channel between the replies."""
    channel = sys.modules["__main__"].apiout
    channel.write(meta["line"] + "\n")
    channel.flush()
    return None, {}


def print_much(meta: Any, tensors: Tensors) -> tuple[Any, Tensors]:
    print("x" * meta["length"])
    return None, {}


def sleep(meta: Any, tensors: Tensors) -> tuple[Any, Tensors]:
    time.sleep(meta["seconds"])
    return {"finished": time.time()}, {}


def kill_itself(meta: Any, tensors: Tensors) -> tuple[Any, Tensors]:
    print("last words of the worker")
    os.kill(os.getpid(), signal.SIGKILL)
    return None, {}


def log_file(meta: Any, tensors: Tensors) -> tuple[Any, Tensors]:
    """Identifies the file that receives the output. It is in the worker's exchange directory."""
    return {"inode": os.fstat(1).st_ino}, {}


def environment(meta: Any, tensors: Tensors) -> tuple[Any, Tensors]:
    import torch

    names = ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "TOKENIZERS_PARALLELISM", "PYTHONUTF8", "NODE_CHANNEL_FD")
    return {"threads": torch.get_num_threads(), "variables": {name: os.environ.get(name) for name in names}}, {}
