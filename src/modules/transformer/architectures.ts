import { describe } from '../../describe.js';
import { ModelFileError } from '../../errors.js';
import { bert, camembert, roberta, xlmRoberta } from './bert.js';
import { distilbert } from './distilbert.js';
import type { Architecture } from './encoder.js';
import { modernbert } from './modernbert.js';
import { mpnet } from './mpnet.js';

/** By the model_type of a config.json. */
export const ARCHITECTURES = {
  bert,
  camembert,
  distilbert,
  modernbert,
  mpnet,
  roberta,
  'xlm-roberta': xlmRoberta,
} as const satisfies Record<string, Architecture>;

export type ModelType = keyof typeof ARCHITECTURES;

/** @throws ModelFileError for a model_type that is none of `ARCHITECTURES` */
export function architectureOf(modelConfig: Readonly<Record<string, unknown>>): Architecture {
  const type = modelConfig['model_type'];
  if (typeof type === 'string' && Object.hasOwn(ARCHITECTURES, type)) return ARCHITECTURES[type as ModelType];
  throw new ModelFileError(
    `config.json: model_type is ${describe(type)}; expected one of ${Object.keys(ARCHITECTURES).join(', ')}`,
  );
}
