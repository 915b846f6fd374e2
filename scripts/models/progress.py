import json


def report(what: str, done: float) -> None:
    """Reports progress to the program that started this one, which draws it."""
    print(json.dumps({"what": what, "done": round(done, 4)}), flush=True)
