"""Writes the untrained model of each family, made of the weights of all-MiniLM-L6-v2: started by main.ts.

start.py --pairs FILE --out FOLDER --trained FOLDER --families NAME...

Standard output tells the progress, one JSON object a line.
"""

import argparse
import logging
import os
import sys
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TOKENIZERS_PARALLELISM"] = "false"

sys.path.insert(0, str(Path(__file__).parents[1] / "models"))
import families  # noqa: E402
import torch  # noqa: E402
import transformers  # noqa: E402
from progress import report  # noqa: E402
from training import read_json_lines  # noqa: E402


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--trained", type=Path, required=True, help="the trained SPLADE model that inference-free starts from")
    parser.add_argument("--families", nargs="+", required=True)
    arguments = parser.parse_args()
    logging.disable(logging.WARNING)
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    pairs = read_json_lines(arguments.pairs)
    splade = arguments.out / "splade"
    makers = {
        "splade": lambda: families.minilm.build_model(),
        "csr": lambda: families.csr(pairs, splade).model,
        # An untrained head activates every term, of which queries that have a few terms learn nothing.
        "inference-free": lambda: families.inference_free(pairs, arguments.trained).model,
    }
    wanted = {"splade", *arguments.families}
    for done, name in enumerate(makers):
        if name in wanted:
            report(name, done / len(makers))
            torch.manual_seed(0)
            makers[name]().save(str(arguments.out / name), create_model_card=False)


main()
