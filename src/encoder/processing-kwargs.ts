import type { TextProcessing } from '../modules/module.js';
import { countFrom, flag, nullable, type OptionRules, resolveGiven } from '../options.js';

/** Options for processing the inputs of a call, by modality. */
export interface ProcessingKwargs {
  readonly text?: TextProcessing;
}

const RULES: OptionRules<{ readonly [K in keyof ProcessingKwargs]-?: ProcessingKwargs[K] | null }> = {
  text: nullable({
    expects: 'an object with maxLength, truncation, addSpecialTokens or splitSpecialTokens',
    accepts: (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  }),
};

const TEXT_RULES: OptionRules<{ readonly [K in keyof TextProcessing]-?: TextProcessing[K] | null }> = {
  maxLength: nullable(countFrom(1)),
  truncation: nullable(flag(true)),
  addSpecialTokens: nullable(flag(true)),
  splitSpecialTokens: nullable(flag(false)),
};

/** @throws OptionError if an option is unknown or of the wrong type */
export function resolveProcessingKwargs(owner: string, given: ProcessingKwargs): ProcessingKwargs {
  const place = `${owner}: processingKwargs`;
  const { text } = resolveGiven<ProcessingKwargs>(place, RULES, given);
  return text === undefined ? {} : { text: resolveGiven(`${place}.text`, TEXT_RULES, text) };
}
