"""The Python end of src/python/bridge.ts. pythonia calls `start`, `load` and `handle` with short strings only."""

from __future__ import annotations

import atexit
import faulthandler
import importlib
import os
import shutil
import signal
import sys
import traceback
from pathlib import Path
from types import ModuleType

# pythonia loads this file by its path. Modules beside it take precedence over installed modules of the same name.
sys.path.insert(0, str(Path(__file__).parent))

import exchange
from parent import exit_with_parent

# The log may be held in memory, and only its end is ever shown.
LARGEST_LOG = 2**20

loaded: dict[str, ModuleType] = {}
folder = Path()


def start(directory: str, modules: str) -> str:
    """Sends all output to a log file in the exchange directory. `modules` is the folder of the modules that can be called.
    Returns the process id."""
    global folder
    folder = Path(modules)
    # The modules of this folder also take precedence over installed ones.
    sys.path.insert(0, modules)
    log = os.open(os.path.join(directory, "python.log"), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    if "NODE_CHANNEL_FD" in os.environ:
        # The number belongs to this process alone; a child that inherits it would write into another file. pythonia
        # uses a copy of the descriptor, so anything that others write to this one must not reach Node.
        os.dup2(os.open(os.devnull, os.O_WRONLY), int(os.environ.pop("NODE_CHANNEL_FD")))
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    else:
        # On Windows, pythonia communicates over stdin and stderr, so it keeps the file of stderr under another number.
        sys.modules["__main__"].apiout = os.fdopen(os.dup(2), "w", encoding="utf-8")
    os.dup2(log, 1)
    os.dup2(log, 2)
    # Output must not be lost in a buffer when the process is killed.
    sys.stdout.reconfigure(line_buffering=True)
    faulthandler.enable()
    # Ctrl-C reaches the whole process group, but only Node decides when to end.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    atexit.register(shutil.rmtree, directory, ignore_errors=True)
    exit_with_parent(lambda: shutil.rmtree(directory, ignore_errors=True))
    return str(os.getpid())


def load(module: str, reply: str) -> str:
    """Imports a module of the folder."""
    try:
        known = sorted(file.stem for file in folder.glob("*.py"))
        if module not in known:
            raise LookupError(f"{module!r} is not a module of {folder}; there are {', '.join(known)}")
        loaded[module] = importlib.import_module(module)
        return "done"
    except BaseException as error:
        return write_error(error, reply)


def handle(fn: str, request: str, reply: str) -> str:
    """Calls "module.function" with the message in one file, and writes its result into another file."""
    try:
        module, _, name = fn.partition(".")
        if module not in loaded or name.startswith("_") or not callable(getattr(loaded[module], name, None)):
            raise LookupError(f"{folder} has no function {fn!r}")
        if os.fstat(1).st_size > LARGEST_LOG:
            os.ftruncate(1, 0)
        data = bytearray(os.path.getsize(request))
        with open(request, "rb") as file:
            file.readinto(data)
        meta, tensors = getattr(loaded[module], name)(*exchange.decode(data))
        Path(reply).write_bytes(exchange.encode(meta, tensors))
        return "done"
    except BaseException as error:
        return write_error(error, reply)


def write_error(error: BaseException, reply: str) -> str:
    meta = {"type": type(error).__name__, "message": str(error), "traceback": "".join(traceback.format_exception(error))}
    try:
        Path(reply).write_bytes(exchange.encode(meta, {}))
        return "raised"
    except OSError as problem:
        return f"failed: cannot write the reply: {problem}"[:1000]
