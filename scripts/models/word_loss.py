"""Teaches words to a vocabulary head that was never trained: the words of a text, and the words that could be used to search for it."""

from collections.abc import Iterable

import torch
from sentence_transformers import SparseEncoder

# The weight of a term of the text itself, and the weight of a term of the lemma that the text defines.
OWN, LEMMA = 3.0, 10.0
# The number of other terms, drawn anew in every step, that stand for the rest of the vocabulary. Using all of it would take most of a step's time.
SAMPLED = 2000


class WordLoss(torch.nn.Module):
    """Cross entropy between the largest logit of each term in a text and the terms that the text should have.

    A lemma should have its own tokens. A definition should have its own tokens and those of the lemma. Each token is weighted
    by how rare it is: otherwise articles and prepositions would be most of the loss. The logits are only compared with each
    other, so the decoder's bias stays free to decide how many of them are above zero.
    """

    def __init__(self, model: SparseEncoder, inverse_document_frequencies: torch.Tensor) -> None:
        """Takes one frequency for each term of the vocabulary."""
        super().__init__()
        self.model = model
        self.rarity = inverse_document_frequencies.clone()
        self.rarity[model.tokenizer.all_special_ids] = 0

    def forward(self, sentence_features: Iterable[dict[str, torch.Tensor]], labels: None) -> torch.Tensor:
        lemmas, definitions = sentence_features
        lemma_terms, definition_terms = self.terms(lemmas), self.terms(definitions)
        wanted = torch.cat([OWN * lemma_terms, torch.maximum(OWN * definition_terms, LEMMA * lemma_terms)])
        columns, stands_for = self.sample(wanted)
        logits = torch.cat([self.largest_logits(features, columns) for features in (lemmas, definitions)])
        total = (logits + stands_for.log()).logsumexp(dim=1, keepdim=True)
        weights = wanted[:, columns]
        return (weights * (total - logits)).sum() / weights.sum()

    def terms(self, features: dict[str, torch.Tensor]) -> torch.Tensor:
        """The rarity of each term of a text, and 0 for terms that it does not have: [batch, vocabulary]."""
        ids = features["input_ids"]
        return torch.zeros(len(ids), len(self.rarity)).scatter_(1, ids, 1.0) * self.rarity

    def sample(self, wanted: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """All terms that any of the texts wants, then others. Also returns how many terms of the vocabulary each one stands for."""
        is_wanted = (wanted > 0).any(dim=0)
        terms, others = is_wanted.nonzero().flatten(), (~is_wanted).nonzero().flatten()
        drawn = others[torch.randperm(len(others))[:SAMPLED]]
        stands_for = torch.ones(len(terms) + len(drawn))
        stands_for[len(terms) :] = len(others) / len(drawn)
        return torch.cat([terms, drawn]), stands_for

    def largest_logits(self, features: dict[str, torch.Tensor], columns: torch.Tensor) -> torch.Tensor:
        """[batch, columns]"""
        network = self.model[0].auto_model
        states = network.bert(features["input_ids"], features["attention_mask"]).last_hidden_state
        head = network.cls.predictions
        logits = torch.nn.functional.linear(
            head.transform(states), head.decoder.weight[columns], head.bias[columns]
        )
        is_padding = features["attention_mask"].unsqueeze(-1) == 0
        return logits.masked_fill(is_padding, float("-inf")).amax(dim=1)
