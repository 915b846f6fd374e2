"""Exceptions that say nothing about a case, only that this machine has too little memory for it."""

from __future__ import annotations

import torch


def raise_if_out_of_memory(error: Exception) -> None:
    """Raises MemoryError if it is of that kind. PyTorch has no class for it on the CPU."""
    exhausted = isinstance(error, (MemoryError, torch.OutOfMemoryError)) or "can't allocate memory" in str(error)
    if exhausted:
        raise MemoryError(str(error)) from error
