"""Code that the programs of this folder share: a task as JSON in, an outcome as a line of JSON out."""

import json
import sys
import time


def read_task():
    return json.load(sys.stdin)


class Clock:
    """The seconds that loading and encoding take."""

    def __init__(self):
        self.begin = time.perf_counter()

    def loaded(self):
        self.load_end = time.perf_counter()

    def finish(self, version, embeddings, ids=None):
        """Prints the outcome. `embeddings` are (indices, values) with ascending indices."""
        outcome = {
            "version": version,
            "loadSeconds": self.load_end - self.begin,
            "encodeSeconds": time.perf_counter() - self.load_end,
            "embeddings": [
                {"indices": [int(index) for index in indices], "values": [float(value) for value in values]}
                for indices, values in embeddings
            ],
        }
        if ids is not None:
            outcome["ids"] = ids
        print(json.dumps(outcome))


def non_zero(rows):
    """The (indices, values) of each row of a dense array."""
    return [(row.nonzero()[0], row[row.nonzero()[0]]) for row in rows]
