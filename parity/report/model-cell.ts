import type { ModelCell } from '../models/plan.js';

/** The description of a model and its comparison on a line of the report. */
export function describeModelCell({ source, check }: ModelCell): {
  readonly model: string;
  readonly family: string;
  readonly backbone: string;
  readonly check: string;
} {
  const { name, family, backbone } = source;
  return { model: name, family, backbone, check };
}
