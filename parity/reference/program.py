"""Runs a Python program in this process, which has imported PyTorch and sentence-transformers: a new one takes 9 seconds for that."""

from __future__ import annotations

import logging
import os
import runpy
import sys
from contextlib import ExitStack, chdir
from typing import Any

import numpy as np
import torch


def run(meta: dict[str, Any], _: dict[str, np.ndarray]) -> tuple[None, dict[str, np.ndarray]]:
    """Runs the program of a path, or of its text. Its standard input and output are files. What it changes for the whole
    process is set back."""
    before = sys.argv, sys.stdin, sys.stdout, list(sys.path), logging.root.manager.disable, torch.get_num_threads()
    modules = dict(sys.modules)
    with ExitStack() as files:
        sys.argv = [meta.get("path") or "-c", *meta["args"]]
        sys.stdin = files.enter_context(open(meta["input"], encoding="utf-8"))
        sys.stdout = files.enter_context(open(meta["output"], "w", encoding="utf-8"))
        files.enter_context(chdir(meta["folder"]))
        try:
            if "path" in meta:
                sys.path.insert(0, os.path.dirname(meta["path"]))
                runpy.run_path(meta["path"], run_name="__main__")
            else:
                exec(compile(meta["text"], "<text>", "exec"), {"__name__": "__main__"})
        finally:
            sys.argv, sys.stdin, sys.stdout, sys.path[:], disabled, threads = before
            logging.disable(disabled)
            torch.set_num_threads(threads)
            # Imported modules stay. One that the program made stands for another, which the next program may import.
            made = {name for name, module in sys.modules.items() if getattr(module, "__spec__", None) is None}
            for name in made - modules.keys():
                del sys.modules[name]
            sys.modules.update(modules)
    return None, {}
