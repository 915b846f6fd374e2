import type { Module } from '../modules/module.js';
import { isRouted } from '../modules/routed-module.js';
import { leavesOf } from './module-tree.js';

/** The facts about a model on its card. */
export interface ModelFacts {
  readonly modules: readonly Module[];
  readonly dimension: number | undefined;
  readonly maxSeqLength: number;
  readonly similarityFnName: string;
}

/** A short README.md for a model without one: its modules, and its use here and in Python. */
export function modelCard({ modules, dimension, maxSeqLength, similarityFnName }: ModelFacts): string {
  const lines = modules.flatMap((module) => describeModule(module, ''));
  const family = familyOf(modules);
  return `---
tags:
- sentence-transformers
- sparse-encoder
- sparse${family.tag === undefined ? '' : `\n- ${family.tag}`}
pipeline_tag: feature-extraction
library_name: sentence-transformers
---

# ${family.title}

Encodes texts as sparse vectors${dimension === undefined ? '' : ` of ${dimension} dimensions`}, which are compared by ${similarityFnName} similarity. Longest text: ${Number.isFinite(maxSeqLength) ? `${maxSeqLength} tokens` : 'no limit'}.

\`\`\`
${lines.join('\n')}
\`\`\`

In TypeScript:

\`\`\`ts
import { SparseEncoder } from 'sparse-encoder';

const model = await SparseEncoder.load('path/to/this/folder');
const embeddings = await model.encode(['a first text', 'a second one']);
console.log(model.similarity(embeddings, embeddings));
\`\`\`

In Python:

\`\`\`python
from sentence_transformers import SparseEncoder

model = SparseEncoder("path/to/this/folder")
embeddings = model.encode(["a first text", "a second one"])
print(model.similarity(embeddings, embeddings))
\`\`\`
`;
}

/** A module and its settings on a line, with the modules of a router below it. */
export function describeModule(module: Module, indent: string): string[] {
  const own = `${indent}${module.kind.name}`;
  if (!isRouted(module)) return [`${own}(${settings(module.config())})`];
  return [
    `${own}:`,
    ...[...module.routes].flatMap(([route, inner]) => [
      `${indent}  ${route}:`,
      ...inner.flatMap((each) => describeModule(each, `${indent}    `)),
    ]),
  ];
}

function settings(config: Record<string, unknown>): string {
  return Object.entries(config)
    .filter(([, value]) => typeof value !== 'object' || value === null)
    .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
    .join(', ');
}

function familyOf(modules: readonly Module[]): { readonly title: string; readonly tag?: string } {
  const families = leavesOf(modules).flatMap(({ module }) => module.kind.family ?? []);
  const [first] = families.toSorted((a, b) => b.rank - a.rank);
  return first ?? { title: 'Sparse encoder' };
}
