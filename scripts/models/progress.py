import json


def report(what: str, done: float) -> None:
    """The program that started this one draws the progress."""
    print(json.dumps({"what": what, "done": round(done, 4)}), flush=True)
