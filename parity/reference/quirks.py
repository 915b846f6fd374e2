"""Executable proofs of parity/quirks.ts: `check` runs one of them on the real sentence-transformers."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

import quirk_inputs
import quirk_numbers
import quirk_options
import quirk_wrappers
from quirk_tools import Seen

# The functions that a module of checks defines itself, without the names that start with an underscore.
CHECKS: dict[str, Callable[[], Seen]] = {
    name: check
    for module in (quirk_inputs, quirk_options, quirk_numbers, quirk_wrappers)
    for name, check in inspect.getmembers(module, inspect.isfunction)
    if check.__module__ == module.__name__ and not name.startswith("_")
}


def check(meta: dict[str, Any], _tensors: dict[str, np.ndarray]) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Runs the check named `check`. Returns whether the reference still behaves as the ledger says, and what was seen."""
    if meta["check"] not in CHECKS:
        raise LookupError(f"there is no check {meta['check']!r}")
    try:
        still, seen = CHECKS[meta["check"]]()
    except Exception as error:  # the reference has changed if it now rejects what it accepted
        still, seen = False, f"raised {type(error).__name__}: {error}"[:300]
    return {"still": bool(still), "seen": seen}, {}


def names(_meta: Any, _tensors: dict[str, np.ndarray]) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    return {"names": list(CHECKS)}, {}
