import type { OnnxGraph, OnnxModel } from './model.js';

export interface OperatorSet {
  readonly domain: string;
  readonly version: number;
}

/** The standard operator set has two names. */
export function isStandardDomain(domain: string): boolean {
  return domain === '' || domain === 'ai.onnx';
}

/**
 * The operator sets that a model imports: the standard set, those it lists, and those that its nodes use, including
 * nodes in subgraphs.
 */
export function operatorSets(model: OnnxModel): OperatorSet[] {
  const versions = new Map([['', model.opset], ...Object.entries(model.domainVersions ?? {})]);
  for (const domain of furtherDomains(model.graph)) {
    if (!versions.has(domain)) versions.set(domain, 1);
  }
  return [...versions].map(([domain, version]) => ({ domain, version }));
}

function furtherDomains(graph: OnnxGraph): Set<string> {
  const domains = new Set<string>();
  for (const { domain = '', attributes } of graph.nodes) {
    if (!isStandardDomain(domain)) domains.add(domain);
    for (const attribute of Object.values(attributes)) {
      if ('graph' in attribute) furtherDomains(attribute.graph).forEach((name) => domains.add(name));
    }
  }
  return domains;
}
