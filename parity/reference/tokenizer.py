"""Tokenizes texts with transformers' small tokenizers of every kind.

    python tokenizer.py train TEXTS.json FOLDER
    python tokenizer.py encode JOBS.json TEXTS.json

TEXTS.json is a list of strings; for encode, each item is a string or a pair of strings. JOBS.json says for each
tokenizer its name, its folder, how many of the texts it encodes, and the file for the result.
"""

import json
import os
import sys
import time
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")

from tokenizers import Tokenizer
from transformers import AutoTokenizer

from tokenizer_kinds import train

CUT = 64
BATCH = 256
NO_LENGTH = 1e30


def encode(folder, texts):
    """Encodes each text or pair in every way: whole and truncated, with and without special tokens, and with special tokens in the text split."""
    tokenizer = AutoTokenizer.from_pretrained(str(folder))
    # This is a copy, because calls of the tokenizer change its own state.
    native = Tokenizer.from_str(tokenizer.backend_tokenizer.to_str())
    native.no_padding()
    batch = [text if isinstance(text, str) else tuple(text) for text in texts]
    results = []
    for cut, special, split in ((None, True, False), (CUT, True, False), (CUT, False, False), (CUT, True, True)):
        native.encode_special_tokens = split
        native.no_truncation()
        if cut is not None:
            native.enable_truncation(cut, direction=tokenizer.truncation_side)
        results.append([[row.ids, row.type_ids] for row in native.encode_batch(batch, add_special_tokens=special)])
    ids = sorted({token for result in results for row, _ in result for token in row})
    return {
        "modelMaxLength": min(tokenizer.model_max_length, NO_LENGTH),
        "modelInputNames": tokenizer.model_input_names,
        "paddingSide": tokenizer.padding_side,
        "paddingId": tokenizer.pad_token_id,
        "paddingTypeId": tokenizer.pad_token_type_id,
        "unknownId": tokenizer.unk_token_id,
        "specialIds": sorted(set(tokenizer.all_special_ids)),
        "vocabularySize": len(tokenizer),
        "tokens": [[token, *there_and_back(native, token)] for token in ids],
        "encodings": results,
        "seconds": time_batches(tokenizer, texts),
    }


def there_and_back(native, token_id):
    """The token of an id, and the id of that token. An added token that was normalized has no id."""
    token = native.id_to_token(token_id)
    return token, native.token_to_id(token)


def time_batches(tokenizer, texts):
    """Measures what a caller of transformers does with texts in batches: encode, truncate, and return ids."""
    single = [text for text in texts if isinstance(text, str)]
    start = time.perf_counter()
    for first in range(0, len(single), BATCH):
        tokenizer(single[first : first + BATCH], truncation=True, max_length=CUT)
    return time.perf_counter() - start


def write(path, value):
    path.write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")


def read(path):
    return json.loads(Path(path).read_text(encoding="utf-8"))


if __name__ == "__main__":
    command, first, second = sys.argv[1:]
    if command == "train":
        train(read(first), Path(second))
    else:
        texts = read(second)
        for job in read(first):
            write(Path(job["result"]), encode(job["folder"], texts[: job["count"]]))
            print(job["name"], flush=True)
