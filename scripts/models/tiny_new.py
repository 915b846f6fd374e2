"""Rewrites a GTE of transformers as the `new` of its authors, whose code is on a hub: the reference cannot open that."""

from pathlib import Path

from safetensors import safe_open
from safetensors.torch import save_file
from tiny_old import read, write

CODE = "Alibaba-NLP/new-impl--"


def respell_as_new(folder: Path) -> None:
    """Writes config.json as in OpenSearch's models. The tensors stay the same except for their prefix."""
    config = read(folder / "config.json")
    theta = config.pop("rope_parameters")["rope_theta"]
    config |= {
        "architectures": ["NewForMaskedLM"],
        "auto_map": {
            "AutoConfig": f"{CODE}configuration.NewConfig",
            "AutoModel": f"{CODE}modeling.NewModel",
            "AutoModelForMaskedLM": f"{CODE}modeling.NewForMaskedLM",
        },
        "model_type": "new",
        "layer_norm_type": "layer_norm",
        "logn_attention_clip1": False,
        "logn_attention_scale": False,
        "pack_qkv": True,
        "position_embedding_type": "rope",
        "rope_scaling": None,
        "rope_theta": theta,
        "unpad_inputs": True,
        "use_memory_efficient_attention": True,
    }
    write(folder / "config.json", dict(sorted(config.items())))
    weights = folder / "model.safetensors"
    with safe_open(weights, "pt") as file:
        tensors = {name: file.get_tensor(name) for name in file.keys()}
        metadata = file.metadata()
    renamed = {f"new{name[3:]}" if name.startswith("gte.") else name: tensor for name, tensor in tensors.items()}
    save_file(renamed, weights, metadata=metadata)
