"""What `doctor` calls to see whether the bridge to Python holds. It needs nothing of the reference."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

Tensors = dict[str, np.ndarray]


def echo(meta: Any, tensors: Tensors) -> tuple[Any, Tensors]:
    return meta, tensors


def special_values(_: Any, __: Tensors) -> tuple[None, Tensors]:
    """Numbers that JSON would change, made by Python itself."""
    return None, {
        "float32": np.array([np.nan, np.inf, -np.inf, -0.0, 2**-149, -(2**-149)], dtype=np.float32),
        "float64": np.array([np.nan, np.inf, -np.inf, -0.0, 5e-324, -5e-324]),
    }


def sleep(meta: Any, tensors: Tensors) -> tuple[Any, Tensors]:
    time.sleep(meta["seconds"])
    return None, tensors


def import_reference(_: Any, __: Tensors) -> tuple[dict[str, str], Tensors]:
    """Imports the reference, whose native libraries may be broken though its packages are installed."""
    import sentence_transformers
    import torch

    return {"torch": torch.__version__, "sentence-transformers": sentence_transformers.__version__}, {}
