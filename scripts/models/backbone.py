"""Writes the small backbone of the quickstart from the weights of all-MiniLM-L6-v2: started by make-models.ts --backbone.

backbone.py --pairs FILE --out FOLDER

Standard output reports the progress, one JSON object per line.
"""

import argparse
import json
import logging
import math
import os
import sys
import tempfile
from collections import Counter
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TOKENIZERS_PARALLELISM"] = "false"

import torch
import transformers
from progress import report
from safetensors import safe_open
from sentence_transformers import SparseEncoder
from sentence_transformers.base.modules import Transformer
from sentence_transformers.sparse_encoder.modules import SpladePooling
from tokenizers import Tokenizer
from training import read_json_lines
from transformers import ModernBertConfig, ModernBertForMaskedLM, PreTrainedTokenizerFast

sys.path.insert(0, str(Path(__file__).parents[2] / "parity" / "reference"))
from texts import minilm_folder  # noqa: E402

SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
TOKENS = 8000
WIDTH = 128
LENGTH = 256
# Before any training, terms activate each other if the cosine of their embeddings is at least this.
NEIGHBOUR = 0.35
# A term's own logit is LOGIT times its inverse document frequency, scaled so that a word in one text of 3,000 has 1.
LOGIT = 5.0
RARE = 8.0
# Entries of the embeddings are about 0.2, and an optimizer's step is about a hundredth of that.
LENGTH_OF_EMBEDDINGS = 4.0
# Small enough that tanh is almost the identity.
DENSE = 0.3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    logging.disable(logging.WARNING)
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()

    report("counting tokens", 0)
    pairs = read_json_lines(arguments.pairs)
    definitions = sorted({row["positive"] for row in pairs})
    spelling = json.loads((minilm_folder() / "tokenizer.json").read_text(encoding="utf-8"))
    spelling |= {"truncation": None, "padding": None}
    vocabulary = frequent_tokens(spelling, definitions + [row["anchor"] for row in pairs])
    tokenizer = Tokenizer.from_str(json.dumps(narrowed(spelling, vocabulary)))
    rarity = inverse_document_frequencies(tokenizer, definitions)

    report("projecting embeddings", 0.5)
    old = torch.tensor([spelling["model"]["vocab"][token] for token in vocabulary])
    with safe_open(minilm_folder() / "model.safetensors", "pt") as weights:
        words = weights.get_tensor("embeddings.word_embeddings.weight").double()[old]
    model = make_model(directions(words), rarity)

    report("saving", 0.9)
    save(model, tokenizer, arguments.out)


def frequent_tokens(spelling: dict, texts: list[str]) -> list[str]:
    """The special tokens, the ASCII characters (which can spell any other word), and the most frequent other tokens."""
    counts: Counter[str] = Counter()
    for encoding in Tokenizer.from_str(json.dumps(spelling)).encode_batch(texts, add_special_tokens=False):
        counts.update(encoding.tokens)
    known = spelling["model"]["vocab"]
    letters = sorted(token for token in known if len(token.removeprefix("##")) == 1 and token.isascii())
    first = (*SPECIAL, *letters)
    rest = sorted(set(counts) - set(first), key=lambda token: (-counts[token], token))
    return [*first, *rest][:TOKENS]


def narrowed(spelling: dict, vocabulary: list[str]) -> dict:
    """The tokenizer.json with only these tokens."""
    ids = {token: number for number, token in enumerate(vocabulary)}
    processor = {
        "type": "TemplateProcessing",
        "single": [special("[CLS]"), {"Sequence": {"id": "A", "type_id": 0}}, special("[SEP]")],
        "pair": [
            special("[CLS]"),
            {"Sequence": {"id": "A", "type_id": 0}},
            special("[SEP]"),
            {"Sequence": {"id": "B", "type_id": 0}},
            special("[SEP]"),
        ],
        "special_tokens": {
            token: {"id": token, "ids": [ids[token]], "tokens": [token]} for token in ("[CLS]", "[SEP]")
        },
    }
    added = [token | {"id": ids[token["content"]]} for token in spelling["added_tokens"]]
    return spelling | {
        "model": spelling["model"] | {"vocab": ids},
        "added_tokens": sorted(added, key=lambda token: token["id"]),
        "post_processor": processor,
    }


def special(token: str) -> dict:
    return {"SpecialToken": {"id": token, "type_id": 0}}


def inverse_document_frequencies(tokenizer: Tokenizer, definitions: list[str]) -> torch.Tensor:
    """ln(1 + (N - n + 0.5) / (n + 0.5)) as in BM25, for N definitions of which n hold the token; between 1 and RARE."""
    counts: Counter[int] = Counter()
    for encoding in tokenizer.encode_batch(definitions, add_special_tokens=False):
        counts.update(set(encoding.ids))
    total = len(definitions)
    values = [
        math.log(1 + (total - counts[token] + 0.5) / (counts[token] + 0.5))
        for token in range(tokenizer.get_vocab_size())
    ]
    return torch.tensor(values, dtype=torch.float64).clamp(1, RARE)


def directions(words: torch.Tensor) -> torch.Tensor:
    """Unit vectors: the first principal components of the embeddings. Their mean is removed, because the norm behind them removes it too."""
    centred = words - words.mean(0)
    _, axes = torch.linalg.eigh(centred.T @ centred)
    components = axes[:, -WIDTH:].flip(1)
    # The sign of an axis is arbitrary.
    components = components * components.gather(0, components.abs().argmax(0, keepdim=True)).sign()
    projected = centred @ components
    return torch.nn.functional.normalize(projected - projected.mean(1, keepdim=True), dim=1)


def make_model(words: torch.Tensor, rarity: torch.Tensor) -> ModernBertForMaskedLM:
    """
    Builds two fresh layers whose outputs are small at first. The hidden state of a token t is therefore about
    sqrt(WIDTH) e(t), and the logit of a term j is about slope(j) (cos(t, j) - NEIGHBOUR).
    """
    ids = {name: SPECIAL.index(f"[{name.upper()}]") for name in ("pad", "cls", "sep")}
    config = ModernBertConfig(
        vocab_size=len(words),
        hidden_size=WIDTH,
        intermediate_size=2 * WIDTH,
        num_hidden_layers=2,
        num_attention_heads=4,
        max_position_embeddings=LENGTH,
        global_attn_every_n_layers=1,
        classifier_activation="tanh",
        pad_token_id=ids["pad"],
        cls_token_id=ids["cls"],
        bos_token_id=ids["cls"],
        sep_token_id=ids["sep"],
        eos_token_id=ids["sep"],
    )
    torch.manual_seed(0)
    model = ModernBertForMaskedLM(config)
    slope = LOGIT / (1 - NEIGHBOUR) * rarity / RARE
    bias = -NEIGHBOUR * slope
    bias[: len(SPECIAL)] = -2 * LOGIT
    embeddings = words * (LENGTH_OF_EMBEDDINGS * rarity / RARE).unsqueeze(1)
    steepness = LOGIT / (1 - NEIGHBOUR) / LENGTH_OF_EMBEDDINGS / math.sqrt(WIDTH)
    with torch.no_grad():
        model.model.embeddings.tok_embeddings.weight.copy_(embeddings)
        model.decoder.bias.copy_(bias)
        model.head.dense.weight.copy_(DENSE * torch.eye(WIDTH))
        model.head.norm.weight.fill_(steepness)
    return model.half().eval()


def save(model: ModernBertForMaskedLM, tokenizer: Tokenizer, out: Path) -> None:
    names = {f"{token[1:-1].lower()}_token": token for token in SPECIAL}
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        model_input_names=["input_ids", "attention_mask"],
        model_max_length=LENGTH,
        **names,
    )
    with tempfile.TemporaryDirectory() as scratch:
        model.save_pretrained(scratch)
        fast.save_pretrained(scratch)
        transformer = Transformer(scratch, transformer_task="fill-mask")
        encoder = SparseEncoder(modules=[transformer, SpladePooling()], device="cpu", similarity_fn_name="dot")
        encoder.save(str(out), create_model_card=False)


if __name__ == "__main__":
    main()
