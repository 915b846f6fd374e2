import { describe } from '../../describe.js';
import { ModelFileError } from '../../errors.js';
import { albert } from './albert.js';
import { bert, camembert, roberta, xlmRoberta } from './bert.js';
import { debertaV2 } from './deberta-v2.js';
import { isDecoder } from './decoders.js';
import { distilbert } from './distilbert.js';
import { electra } from './electra.js';
import type { Architecture } from './encoder.js';
import { gte, gteNew } from './gte.js';
import { modernbert } from './modernbert.js';
import { mpnet } from './mpnet.js';

/** The architectures by the model_type of a config.json. */
export const ARCHITECTURES = {
  albert,
  bert,
  camembert,
  'deberta-v2': debertaV2,
  distilbert,
  electra,
  gte,
  modernbert,
  mpnet,
  new: gteNew,
  roberta,
  'xlm-roberta': xlmRoberta,
} as const satisfies Record<string, Architecture>;

export type ModelType = keyof typeof ARCHITECTURES;

/** @throws ModelFileError if the model_type is not in `ARCHITECTURES`; the message tells if it is a decoder's */
export function architectureOf(modelConfig: Readonly<Record<string, unknown>>): Architecture {
  const type = modelConfig['model_type'];
  if (typeof type === 'string' && Object.hasOwn(ARCHITECTURES, type)) return ARCHITECTURES[type as ModelType];
  const known = Object.keys(ARCHITECTURES).join(', ');
  throw new ModelFileError(
    isDecoder(modelConfig)
      ? `config.json: model_type is ${describe(type)}, a decoder; decoders are not supported, only these encoders: ${known}`
      : `config.json: model_type is ${describe(type)}; expected one of ${known}`,
  );
}
