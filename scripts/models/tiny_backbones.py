"""Two-layer transformers with random weights whose output depends on every input and every weight."""

import torch
from tiny_tokenizers import LENGTH
from transformers import (
    AlbertConfig,
    AutoModel,
    AutoModelForMaskedLM,
    BertConfig,
    DebertaV2Config,
    DistilBertConfig,
    ElectraConfig,
    GteConfig,
    ModernBertConfig,
    MPNetConfig,
    PretrainedConfig,
    PreTrainedModel,
    PreTrainedTokenizerBase,
    RobertaConfig,
    XLMRobertaConfig,
)

WIDTH, INNER, HEADS, LAYERS = 16, 32, 2, 2
SIZES = {"hidden_size": WIDTH, "intermediate_size": INNER, "num_attention_heads": HEADS, "num_hidden_layers": LAYERS}
# In these models, positions count from the padding token's id + 1.
AFTER_PADDING = LENGTH + 2


def make_config(backbone: str, tokenizer: PreTrainedTokenizerBase) -> PretrainedConfig:
    common = {"vocab_size": len(tokenizer), "pad_token_id": tokenizer.pad_token_id}
    ends = {"bos_token_id": tokenizer.cls_token_id, "eos_token_id": tokenizer.sep_token_id}
    match backbone:
        case "bert":
            return BertConfig(**common, **SIZES, max_position_embeddings=LENGTH)
        case "distilbert":
            sizes = {"dim": WIDTH, "hidden_dim": INNER, "n_heads": HEADS, "n_layers": LAYERS}
            return DistilBertConfig(**common, **sizes, max_position_embeddings=LENGTH)
        case "mpnet":
            return MPNetConfig(**common, **ends, **SIZES, max_position_embeddings=AFTER_PADDING)
        case "roberta":
            return RobertaConfig(
                **common, **ends, **SIZES, max_position_embeddings=AFTER_PADDING, type_vocab_size=1, layer_norm_eps=1e-5
            )
        case "xlm-roberta":
            return XLMRobertaConfig(
                **common, **ends, **SIZES, max_position_embeddings=AFTER_PADDING, type_vocab_size=1, layer_norm_eps=1e-5
            )
        case "electra":
            return ElectraConfig(**common, **SIZES, embedding_size=WIDTH // 2, max_position_embeddings=LENGTH)
        case "albert":
            # Both layers share their weights, and each has two inner layers.
            return AlbertConfig(
                **common,
                **ends,
                **SIZES,
                embedding_size=WIDTH // 2,
                inner_group_num=2,
                hidden_dropout_prob=0.1,
                max_position_embeddings=LENGTH,
            )
        case "deberta-v2":
            return DebertaV2Config(
                **common,
                **SIZES,
                max_position_embeddings=LENGTH,
                position_biased_input=False,
                relative_attention=True,
                pos_att_type=["p2c", "c2p"],
                position_buckets=8,
                max_relative_positions=-1,
                norm_rel_ebd="layer_norm",
                share_att_key=True,
                conv_kernel_size=3,
                conv_act="gelu",
            )
        case "gte":
            return GteConfig(**common, **ends, **SIZES, max_position_embeddings=LENGTH)
        case "modernbert":
            # Every other layer sees four tokens to the left and four tokens to the right.
            return ModernBertConfig(
                **common,
                **ends,
                **SIZES,
                cls_token_id=tokenizer.cls_token_id,
                sep_token_id=tokenizer.sep_token_id,
                max_position_embeddings=LENGTH,
                global_attn_every_n_layers=2,
                local_attention=8,
            )
    raise ValueError(f"no backbone {backbone}")


def make_backbone(config: PretrainedConfig, seed: int, masked_language: bool) -> PreTrainedModel:
    model = (AutoModelForMaskedLM if masked_language else AutoModel).from_config(config)
    randomize(model, seed)
    return model.eval()


def randomize(model: torch.nn.Module, seed: int) -> None:
    """Makes no bias 0 and no norm's weight 1, so that a reader of the model that skips one is noticed."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, parameter in sorted(dict(model.named_parameters()).items()):
            noise = torch.randn(parameter.shape, generator=generator)
            if parameter.dim() > 1:
                # Inputs of about 1 keep that size, and the attention is not uniform.
                parameter.copy_(noise * (1.0 if "embeddings" in name else 1.5 * parameter.shape[-1] ** -0.5))
            else:
                parameter.copy_(0.1 * noise + (1.0 if name.endswith("weight") else 0.0))


def center_decoder(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, texts: tuple[str, ...]) -> None:
    """Moves the decoder's bias so that a text activates about an eighth of the vocabulary."""
    inputs = tokenizer(list(texts), padding=True, truncation=True, return_tensors="pt")
    hidden = inputs["attention_mask"].unsqueeze(-1) == 0
    with torch.no_grad():
        largest = model(**inputs).logits.masked_fill(hidden, float("-inf")).amax(dim=1)
        # One decimal, so that every machine has the same value.
        model.get_output_embeddings().bias -= round(largest.quantile(0.875).item(), 1)
