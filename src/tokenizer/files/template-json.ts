import { z } from 'zod';
import { explainIssue } from '../../files/json/explain-issue.js';
import { preview } from '../../files/preview.js';
import type { JsonObject } from './json-object.js';
import { MAX_TOKENS } from './model-json.js';

const typeId = z.int().min(0).max(0x7fffffff);
const tokenId = z.int().min(0).max(MAX_TOKENS);
const piece = z.union([
  z.object({ SpecialToken: z.object({ id: z.string(), type_id: typeId }) }),
  z.object({ Sequence: z.object({ id: z.enum(['A', 'B']), type_id: typeId }) }),
]);
const schema = z.object({
  single: z.array(piece).max(1000),
  pair: z.array(piece).max(1000),
  special_tokens: z.record(z.string(), z.object({ ids: z.array(tokenId).max(1000) })),
});

/**
 * Checks a TemplateProcessing post-processor: the library looks up its tokens and texts without checking that they
 * exist.
 */
export function templateProblem(component: JsonObject, path: string): string | undefined {
  const result = schema.safeParse(component);
  if (!result.success) {
    const [issue] = result.error.issues;
    return `${path}: ${issue === undefined ? 'is not as expected' : explainIssue(issue, component)}`;
  }
  const { single, pair, special_tokens: special } = result.data;
  if (single.some((part) => 'Sequence' in part && part.Sequence.id === 'B')) {
    return `${path}.single holds the second text; expected "A" alone`;
  }
  for (const part of [...single, ...pair]) {
    if ('SpecialToken' in part && !Object.hasOwn(special, part.SpecialToken.id)) {
      return `${path}.special_tokens lacks ${preview(part.SpecialToken.id)}, which the template puts in`;
    }
  }
  return undefined;
}
