"""The Python end of worker.ts: one request per line on stdin, one answer per line on stdout."""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import Callable
from typing import Any, Protocol


class Case(Protocol):
    def round(self) -> dict[str, float]: ...


def peak_mib() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 2**20 if sys.platform == "darwin" else peak / 2**10


def serve(prepare: Callable[[dict[str, Any], int], tuple[Case, dict[str, Any]]], finish: Callable[[], None] = lambda: None) -> None:
    """`prepare` takes a row and the number of threads, and returns a case and an answer; `finish` runs before the last answer."""
    case: Case | None = None
    for line in sys.stdin:
        request = json.loads(line)
        if request["kind"] == "prepare":
            case, message = prepare(request["row"], request["threads"])
        elif request["kind"] == "round" and case is not None:
            message = case.round()
        elif request["kind"] == "finish":
            # The process may be killed at any time after the answer.
            finish()
            message = {"peakMiB": peak_mib()}
        else:
            raise ValueError(f"request {request['kind']!r} is unknown or came before prepare")
        print(json.dumps(message), flush=True)
