"""Small tokenizers of the kinds that encoders use, with vocabularies counted from the texts of fixtures/wordnet.

The trainers for word pieces and unigrams break ties in no defined order, so those two vocabularies are counted here.
"""

import json
import math
import re
from collections import Counter
from functools import cache
from pathlib import Path

from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from transformers import (
    AlbertTokenizer,
    BertTokenizer,
    DebertaV2Tokenizer,
    DistilBertTokenizer,
    MPNetTokenizer,
    PreTrainedTokenizerBase,
    PreTrainedTokenizerFast,
    RobertaTokenizer,
    XLMRobertaTokenizer,
)

# The longest input in tokens, including special tokens.
LENGTH = 32
PIECES = 300
LONGEST_PIECE = 6
# Each of the 256 bytes is also a token.
BYTE_PAIRS = 400
# The data set has no such characters. These two are known to the tokenizers; their neighbours are not.
FOREIGN = ("中", "文")
BERT_SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
MPNET_SPECIAL = ("<s>", "<pad>", "</s>", "[UNK]", "<mask>")
ROBERTA_SPECIAL = ("<s>", "<pad>", "</s>", "<unk>", "<mask>")
ALBERT_SPECIAL = ("<pad>", "<unk>", "[CLS]", "[SEP]", "[MASK]")
DEBERTA_SPECIAL = ("[PAD]", "[CLS]", "[SEP]", "[UNK]", "[MASK]")
SPACE = "\u2581"


def make_tokenizer(backbone: str) -> PreTrainedTokenizerBase:
    options = {"model_max_length": LENGTH}
    match backbone:
        case "bert" | "electra":
            return BertTokenizer(vocab=numbered(BERT_SPECIAL, word_pieces()), **options)
        case "distilbert":
            return DistilBertTokenizer(vocab=numbered(BERT_SPECIAL, word_pieces()), **options)
        case "mpnet":
            return MPNetTokenizer(vocab=numbered(MPNET_SPECIAL, word_pieces()), **options)
        case "roberta":
            merges = byte_pairs()
            return RobertaTokenizer(vocab=byte_vocabulary(ROBERTA_SPECIAL, merges), merges=list(merges), **options)
        case "xlm-roberta" | "gte":
            return XLMRobertaTokenizer(vocab=list(unigrams(ROBERTA_SPECIAL)), **options)
        case "albert":
            return AlbertTokenizer(vocab=list(unigrams(ALBERT_SPECIAL)), **options)
        case "deberta-v2":
            return DebertaV2Tokenizer(vocab=list(unigrams(DEBERTA_SPECIAL)), **options)
        case "modernbert":
            return modernbert_tokenizer(options)
    raise ValueError(f"no tokenizer for the backbone {backbone}")


def modernbert_tokenizer(options: dict) -> PreTrainedTokenizerFast:
    """Byte pairs with BERT's special tokens; transformers has no class for this combination."""
    merges = byte_pairs()
    tokenizer = Tokenizer(models.BPE(vocab=byte_vocabulary(BERT_SPECIAL, merges), merges=list(merges)))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([AddedToken(token, special=True) for token in BERT_SPECIAL])
    ends = [(token, tokenizer.token_to_id(token)) for token in ("[CLS]", "[SEP]")]
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B [SEP]", special_tokens=ends
    )
    names = {"pad": "[PAD]", "unk": "[UNK]", "cls": "[CLS]", "sep": "[SEP]", "mask": "[MASK]"}
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        model_input_names=["input_ids", "attention_mask"],
        **{f"{name}_token": token for name, token in names.items()},
        **options,
    )


@cache
def texts() -> tuple[str, ...]:
    file = Path(__file__).parents[2] / "fixtures" / "wordnet" / "pair.jsonl"
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    return tuple(text for row in rows for text in (row["anchor"], row["positive"]))


@cache
def word_pieces() -> tuple[str, ...]:
    """Pieces that continue a word are marked."""
    counts = counted(
        (piece if start == 0 else "##" + piece, len(piece))
        for text in texts()
        for word in re.findall(r"\w+|[^\w\s]", text.lower())
        for start, piece in pieces_of(word)
    )
    return (*FOREIGN, *chosen(counts, PIECES - len(BERT_SPECIAL) - len(FOREIGN)))


@cache
def unigrams(special: tuple[str, ...]) -> tuple[tuple[str, float], ...]:
    """Pieces that begin a word are marked. The score is the logarithm of the frequency."""
    counts = counted(
        (piece, len(piece)) for text in texts() for word in text.split() for _, piece in pieces_of(SPACE + word)
    )
    pieces = chosen(counts, PIECES - len(special) - len(FOREIGN))
    total = sum(counts[piece, len(piece)] for piece in pieces)
    scores = [(piece, round(math.log(counts[piece, len(piece)] / total), 3)) for piece in pieces]
    unseen = [(piece, round(-math.log(total), 3)) for piece in FOREIGN]
    first, mask = [(token, 0.0) for token in special[:-1]], (special[-1], 0.0)
    return (*first, *scores, *unseen, mask)


@cache
def byte_pairs() -> tuple[tuple[str, str], ...]:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = trainers.BpeTrainer(vocab_size=BYTE_PAIRS, initial_alphabet=alphabet(), show_progress=False)
    tokenizer.train_from_iterator(texts(), trainer)
    return tuple(tuple(pair) for pair in json.loads(tokenizer.to_str())["model"]["merges"])


def byte_vocabulary(special: tuple[str, ...], merges: tuple[tuple[str, str], ...]) -> dict[str, int]:
    return numbered(special, (*alphabet(), *("".join(pair) for pair in merges)))


def alphabet() -> list[str]:
    return sorted(pre_tokenizers.ByteLevel.alphabet())


def pieces_of(word: str):
    for start in range(len(word)):
        for end in range(start + 1, min(len(word), start + LONGEST_PIECE) + 1):
            yield start, word[start:end]


def counted(pieces) -> Counter[tuple[str, int]]:
    """Counts pieces by their text and their length in letters."""
    return Counter(pieces)


def chosen(counts: Counter[tuple[str, int]], size: int) -> list[str]:
    """Chooses all single letters, and the pieces that save the most tokens."""
    order = sorted(counts, key=lambda key: (key[1] > 1, -counts[key] * (key[1] - 1), key[0]))
    return [piece for piece, _ in order[:size]]


def numbered(*tokens: tuple[str, ...]) -> dict[str, int]:
    return {token: number for number, token in enumerate(token for group in tokens for token in group)}
