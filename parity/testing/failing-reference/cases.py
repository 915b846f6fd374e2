"""Stands for parity/reference/cases.py. A case whose option `end` is set ends, stops or exhausts this process."""

from __future__ import annotations

import faulthandler
import os
import resource
import signal
import time
from collections.abc import Callable
from typing import Any

import numpy as np

LEGS = ("float32", "float32-reversed", "float32-nudged", "float64")


def out_of_memory() -> None:
    limits = resource.getrlimit(resource.RLIMIT_AS)
    try:
        resource.setrlimit(resource.RLIMIT_AS, (2**32, limits[1]))
        np.ones(2**33)
    finally:
        resource.setrlimit(resource.RLIMIT_AS, limits)


ENDS: dict[str, Callable[[], object]] = {
    "none": lambda: None,
    "killed": lambda: os.kill(os.getpid(), signal.SIGKILL),
    "stopped": lambda: os.kill(os.getpid(), signal.SIGSTOP),
    "hung": lambda: time.sleep(60),
    "crashed": faulthandler._sigsegv,
    "ended": lambda: os._exit(0),
    "printed": lambda: os.write(1, bytes(range(256)) * 1000),
    "out of memory": out_of_memory,
}


def run(meta: dict[str, Any], _: dict[str, np.ndarray]) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Every case raises an error on every leg, which is a result like any other."""
    for case in meta["cases"]:
        ENDS[case["lossOptions"].get("end", "none")]()
    outcome = {"error": {"type": "ValueError", "message": "as every case"}}
    return {"results": [dict.fromkeys(LEGS, outcome) for _ in meta["cases"]]}, {}
