"""The tiny models: one entry for each kind of folder that a reader of models must handle."""

from collections.abc import Callable
from pathlib import Path

import torch
from sentence_transformers import SentenceTransformer, SparseEncoder
from sentence_transformers.base.modules import Dense, Normalize, Router, Transformer
from sentence_transformers.sentence_transformer.modules import Pooling
from sentence_transformers.sparse_encoder.modules import SparseAutoEncoder, SparseStaticEmbedding, SpladePooling
from tiny_backbones import WIDTH, center_decoder, make_backbone, make_config, randomize
from tiny_new import respell_as_new
from tiny_old import IDF_FILE, MakeFolder, put_documents_in_root, read_weights_from_json, spell_as_before, write
from tiny_tokenizers import make_tokenizer, texts
from transformers import PreTrainedModel, PreTrainedTokenizerBase

SAMPLE = 64
PROMPTS = {"query": "search: ", "document": "", "passage": "the text is ", "title": "a name: "}


def masked(backbone: str, seed: int = 1) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    tokenizer = make_tokenizer(backbone)
    model = make_backbone(make_config(backbone, tokenizer), seed, masked_language=True)
    center_decoder(model, tokenizer, texts()[:SAMPLE])
    return model, tokenizer


def plain(seed: int = 2) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    tokenizer = make_tokenizer("bert")
    return make_backbone(make_config("bert", tokenizer), seed, masked_language=False), tokenizer


def transformer(scratch: Path, made: tuple[PreTrainedModel, PreTrainedTokenizerBase], task: str) -> Transformer:
    folder = scratch / "checkpoint"
    save_checkpoint(folder, made)
    return Transformer(str(folder), transformer_task=task)


def save_checkpoint(folder: Path, made: tuple[PreTrainedModel, PreTrainedTokenizerBase], **options) -> None:
    for part in made:
        part.save_pretrained(folder, **(options if isinstance(part, PreTrainedModel) else {}))


def splade(scratch: Path, out: Path, backbone: str = "bert", pooling: dict | None = None, **options) -> None:
    modules = [transformer(scratch, masked(backbone), "fill-mask"), SpladePooling(**(pooling or {}))]
    save(SparseEncoder(modules=modules, device="cpu", **options), out)


def csr(scratch: Path, out: Path) -> None:
    autoencoder = SparseAutoEncoder(WIDTH, hidden_dim=4 * WIDTH, k=8, k_aux=16)
    randomize(autoencoder, seed=3)
    modules = [transformer(scratch, plain(), "feature-extraction"), Pooling(WIDTH, "mean"), autoencoder]
    save(SparseEncoder(modules=modules, device="cpu"), out)


def csr_deep(scratch: Path, out: Path) -> None:
    """Has every module that may come between the transformer and the autoencoder."""
    dense = Dense(WIDTH, 12, activation_function=torch.nn.Tanh())
    autoencoder = SparseAutoEncoder(12, hidden_dim=48, k=6, k_aux=8, normalize=True)
    randomize(dense, seed=4)
    randomize(autoencoder, seed=5)
    pooled = [transformer(scratch, plain(), "feature-extraction"), Pooling(WIDTH, "cls")]
    save(SparseEncoder(modules=[*pooled, dense, Normalize(), autoencoder], device="cpu"), out)


def inference_free(scratch: Path, out: Path, weights: Path | None = None, pooling: dict | None = None) -> None:
    documents = transformer(scratch, masked("bert"), "fill-mask")
    tokenizer = documents.tokenizer
    if weights is None:
        weight = torch.rand(len(tokenizer), generator=torch.Generator().manual_seed(6)) * 4
        queries = SparseStaticEmbedding(tokenizer, weight=weight)
    else:
        queries = SparseStaticEmbedding.from_json(str(weights), tokenizer, frozen=True)
    pooled = [documents, SpladePooling(**(pooling or {}))]
    router = Router.for_query_document(query_modules=[queries], document_modules=pooled)
    save(SparseEncoder(modules=[router], device="cpu"), out)


def dense(scratch: Path, out: Path) -> None:
    modules = [transformer(scratch, plain(), "feature-extraction"), Pooling(WIDTH, "mean"), Normalize()]
    model = SentenceTransformer(modules=modules, device="cpu", prompts={"query": "search: "})
    model.save(str(out), create_model_card=False)


def checkpoint(made: Callable[[], tuple], **options) -> MakeFolder:
    """Writes only what transformers saves, without modules.json."""
    return lambda scratch, out: save_checkpoint(out, made(), **options)


def stored_as(dtype: torch.dtype, shard: str | None = None) -> MakeFolder:
    def make(scratch: Path, out: Path) -> None:
        splade(scratch, out)
        model, tokenizer = masked("bert")
        options = {} if shard is None else {"max_shard_size": shard}
        if shard is not None:
            (out / "model.safetensors").unlink()
        save_checkpoint(out, (model.to(dtype), tokenizer), **options)

    return make


def save(model: SparseEncoder, out: Path) -> None:
    model.save(str(out), create_model_card=False)


def splade_with(**options) -> MakeFolder:
    return lambda scratch, out: splade(scratch, out, **options)


def inference_free_from_file(scratch: Path, out: Path) -> None:
    """The file lists two thirds of the word pieces, and one that the tokenizer does not have."""
    tokens = make_tokenizer("bert").get_vocab()
    weights = {token: round(0.5 + (7 * i % 40) / 10, 1) for token, i in tokens.items() if i > 4 and i % 3}
    scratch.mkdir(parents=True, exist_ok=True)
    write(scratch / IDF_FILE, {**dict(sorted(weights.items())), "unheard-of": 0.25})
    read_weights_from_json(
        scratch, out, lambda scratch, out: inference_free(scratch, out, weights=scratch / IDF_FILE)
    )


def inference_free_in_root(scratch: Path, out: Path) -> None:
    pooling = {"activation_function": "log1p_relu"}
    put_documents_in_root(scratch, out, lambda scratch, out: inference_free(scratch, out, pooling=pooling))


def spelled_as_before(make: MakeFolder) -> MakeFolder:
    return lambda scratch, out: spell_as_before(scratch, out, make)


MODELS: dict[str, MakeFolder] = {
    "splade-bert": splade_with(),
    "splade-distilbert": splade_with(backbone="distilbert"),
    "splade-roberta": splade_with(backbone="roberta"),
    "splade-xlm-roberta": splade_with(backbone="xlm-roberta"),
    "splade-mpnet": splade_with(backbone="mpnet"),
    "splade-modernbert": splade_with(backbone="modernbert"),
    "splade-electra": splade_with(backbone="electra"),
    "splade-albert": splade_with(backbone="albert"),
    "splade-deberta-v2": splade_with(backbone="deberta-v2"),
    "splade-gte": splade_with(backbone="gte"),
    "splade-new": splade_with(backbone="gte"),
    "splade-sum": splade_with(pooling={"pooling_strategy": "sum", "activation_function": "log1p_relu"}),
    "splade-settings": splade_with(
        prompts=PROMPTS, default_prompt_name="title", max_active_dims=12, similarity_fn_name="cosine"
    ),
    "splade-float16": stored_as(torch.float16),
    "splade-bfloat16-sharded": stored_as(torch.bfloat16, shard="8KB"),
    "splade-old-spelling": spelled_as_before(splade),
    "csr": csr,
    "csr-deep": csr_deep,
    "csr-old-spelling": spelled_as_before(csr),
    "inference-free": inference_free,
    "inference-free-idf": inference_free_from_file,
    "inference-free-in-root": inference_free_in_root,
    "dense": dense,
    "masked-language-checkpoint": checkpoint(lambda: masked("bert")),
    "encoder-checkpoint": checkpoint(plain),
}

# Folders that the reference cannot open. They are rewritten into this form after the reference has encoded with the original.
RESPELLED: dict[str, Callable[[Path], None]] = {"splade-new": respell_as_new}
