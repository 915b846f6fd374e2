import type { ModelCell } from '../models/plan.js';

/** What a line of the report says of a model and of what is compared of it. */
export function describeModelCell({ source, check }: ModelCell): {
  readonly model: string;
  readonly family: string;
  readonly backbone: string;
  readonly check: string;
} {
  const { name, family, backbone } = source;
  return { model: name, family, backbone, check };
}
