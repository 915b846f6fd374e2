"""Writes the tiny models, each with the reference's results for some texts: started by make-models.ts --tiny.

tiny.py --out FOLDER [--only NAME ...]

Standard output reports the progress, one JSON object per line.
"""

import argparse
import logging
import os
import shutil
import tempfile
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"

import torch
import transformers
from progress import report
from tiny_expected import write_expected
from tiny_models import MODELS, RESPELLED


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--only", nargs="*", choices=MODELS, default=[])
    arguments = parser.parse_args()

    logging.disable(logging.WARNING)
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    torch.set_num_threads(1)
    out = arguments.out.resolve()
    out.mkdir(parents=True, exist_ok=True)
    names = arguments.only or list(MODELS)
    for position, name in enumerate(names):
        report(name, position / len(names))
        with tempfile.TemporaryDirectory(dir=out, prefix=f".{name}-") as scratch:
            made = Path(scratch) / "made"
            MODELS[name](Path(scratch) / "scratch", made)
            write_expected(made, Path(scratch) / "expected.json")
            RESPELLED.get(name, lambda folder: None)(made)
            (Path(scratch) / "expected.json").rename(made / "expected.json")
            shutil.rmtree(out / name, ignore_errors=True)
            made.rename(out / name)


if __name__ == "__main__":
    main()
