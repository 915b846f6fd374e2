import { anObject } from '../arguments.js';
import { describe } from '../describe.js';
import { InputError, ModelFileError, OptionError, UsageError } from '../errors.js';
import type { Features } from '../features.js';
import { preview } from '../files/preview.js';
import type { InputRules, Module } from '../modules/module.js';
import { aText, nullable, type OptionRule, type OptionRules, resolveGiven } from '../options.js';
import { tf } from '../tf.js';
import { padBatch } from '../tokenizer/pad-batch.js';
import type { EncodedText, Tokenizer, TokenizerInput } from '../tokenizer/tokenizer.js';
import type { FeatureFacts, TokenBatch } from './inference.js';
import { firstModules, modulesForTask, TEXT } from './module-tree.js';
import { type ProcessingKwargs, resolveProcessingKwargs } from './processing-kwargs.js';
import { takeTexts } from './texts.js';
import { withoutAdvice } from './without-advice.js';

export interface TextOptions {
  /** The prompt before each text. */
  readonly prompt?: string;
  /** The route to take in a Router. */
  readonly task?: string;
  /** Options for the tokenizer. A static embedding ignores them. */
  readonly processingKwargs?: ProcessingKwargs;
}

const TEXT_RULES: OptionRules<{ readonly [K in keyof TextOptions]-?: TextOptions[K] | null }> = {
  prompt: nullable(aText),
  task: nullable(aText),
  processingKwargs: nullable(anObject('an object with text') as OptionRule<ProcessingKwargs>),
};

/** @throws OptionError if an option is unknown or of the wrong type */
export function resolveTextOptions(owner: string, options: TextOptions): TextOptions {
  return resolveGiven<TextOptions>(owner, TEXT_RULES, options);
}

/** How the texts of one task become token ids. */
export interface TextInput {
  readonly tokenizer: Tokenizer;
  readonly rules: InputRules;
  /** In tokens, including special ones. */
  readonly maxLength: number;
  /** Whether [CLS], [SEP] and the like are added. */
  readonly addSpecialTokens: boolean;
  /** Whether special tokens inside a text are plain text; undefined means as the tokenizer's files say. */
  readonly splitSpecialTokens?: boolean | undefined;
}

/**
 * The input of the module that takes the texts of a task.
 *
 * @param limit the limit of tokens, if one was set
 * @throws UsageError if the first module takes no texts
 */
export function textInput(
  modules: readonly Module[],
  task: string | undefined,
  limit: number | undefined,
): TextInput {
  const [first] = modulesForTask(modules, task);
  const input = first && inputOf(first, limit);
  if (input !== undefined) return processed(input, { text: input.rules.processing ?? {} });
  throw new UsageError(
    'the first module of this encoder takes no texts; give forward the features that it does take',
  );
}

/**
 * The inputs of all routes, in order, without the tokenizer options of config files.
 *
 * @throws UsageError if no first module takes texts
 */
export function textInputs(
  modules: readonly Module[],
  limit: number | undefined,
): [TextInput, ...TextInput[]] {
  const [first, ...rest] = firstModules(modules).flatMap((module) => inputOf(module, limit) ?? []);
  if (first !== undefined) return [first, ...rest];
  throw new UsageError('no module of this encoder takes texts');
}

/**
 * The largest limit of tokens of all routes. A limit that was set also counts for fixed inputs, which it does not
 * truncate.
 */
export function longestText(modules: readonly Module[], limit: number | undefined): number {
  const limits = textInputs(modules, limit).map(({ rules, maxLength }) =>
    rules.isFixed === true ? (limit ?? maxLength) : maxLength,
  );
  return Math.max(...limits);
}

/** @throws OptionError unless it is a valid number of tokens */
export function checkedLimit(tokens: number): number {
  if (Number.isInteger(tokens) && tokens > 0) return tokens;
  throw new OptionError(`maxSeqLength is ${describe(tokens)}; expected a whole number of at least 1`);
}

function inputOf({ input: rules, tokenizer }: Module, limit: number | undefined): TextInput | undefined {
  if (rules === undefined || tokenizer === undefined) return undefined;
  const { maxLength = tokenizer.modelMaxLength, maxPositions, isFixed = false, addSpecialTokens } = rules;
  const wanted = isFixed ? maxLength : (limit ?? maxLength);
  return { tokenizer, rules, maxLength: Math.min(wanted, maxPositions), addSpecialTokens };
}

/** The input with other tokenizer options. */
export function processed(input: TextInput, { text = {} }: ProcessingKwargs): TextInput {
  const { rules } = input;
  if (rules.isFixed === true) return input;
  const { truncation = true, maxLength = input.maxLength } = text;
  return {
    ...input,
    maxLength: truncation ? Math.min(maxLength, rules.maxPositions) : Infinity,
    addSpecialTokens: text.addSpecialTokens ?? input.addSpecialTokens,
    splitSpecialTokens: text.splitSpecialTokens ?? input.splitSpecialTokens,
  };
}

/** Tokens of texts that begin with a prompt. In a pair, the prompt precedes the first text. */
export async function tokenize(
  texts: readonly TokenizerInput[],
  prompt: string,
  { tokenizer, rules, maxLength, addSpecialTokens, splitSpecialTokens }: TextInput,
): Promise<EncodedText[]> {
  const prompted = prompt === '' ? texts : texts.map((text) => withPrompt(text, prompt));
  const encoded = await tokenizer.encodeBatch(prompted, {
    maxLength,
    addSpecialTokens,
    ...(splitSpecialTokens !== undefined && { splitSpecialTokens }),
  });
  const longest = encoded.reduce((most, { ids }) => Math.max(most, ids.length), 0);
  if (longest <= rules.maxPositions) return encoded;
  throw new InputError(
    `a text is ${longest} tokens long, and the model takes ${rules.maxPositions}; expected shorter texts, or truncation`,
  );
}

function withPrompt(text: TokenizerInput, prompt: string): TokenizerInput {
  return typeof text === 'string' ? prompt + text : [prompt + text[0], text[1]];
}

/**
 * Pads texts to the same length, at least 1, with type ids if the model takes them.
 *
 * @throws ModelFileError if the tokenizer gives a token that the model does not have
 */
export function pad(texts: readonly EncodedText[], { tokenizer, rules }: TextInput): TokenBatch {
  const { rows, columns, inputIds, attentionMask, tokenTypeIds } = padBatch(texts, tokenizer);
  const { vocabularySize = Infinity } = rules;
  const unknown = inputIds.find((id) => id >= vocabularySize);
  if (unknown !== undefined) {
    throw new ModelFileError(
      `the tokenizer gives ${preview(tokenizer.idToToken(unknown) ?? '')} the id ${unknown}; the model has ${vocabularySize} tokens: its tokenizer belongs to another model`,
    );
  }
  const takesTypes = tokenizer.modelInputNames.includes('token_type_ids');
  if (columns > 0) {
    return { texts: rows, length: columns, inputIds, attentionMask, ...(takesTypes && { tokenTypeIds }) };
  }
  const { paddingId, paddingTypeId } = tokenizer;
  return {
    texts: rows,
    length: 1,
    inputIds: new Int32Array(rows).fill(paddingId),
    attentionMask: new Int32Array(rows),
    ...(takesTypes && { tokenTypeIds: new Int32Array(rows).fill(paddingTypeId) }),
  };
}

/** Number of tokens of a prompt alone, without a special token at its end. */
async function promptLength(prompt: string, input: TextInput): Promise<number> {
  const [{ ids } = { ids: [] }] = await tokenize([prompt], '', input);
  const last = ids.at(-1);
  return last !== undefined && input.tokenizer.specialIds.has(last) ? ids.length - 1 : ids.length;
}

/** What modules read besides the tokens of texts that begin with this prompt. */
export async function factsOf(
  task: string | undefined,
  prompt: string,
  input: TextInput,
): Promise<FeatureFacts> {
  return {
    modality: TEXT,
    ...(task !== undefined && { task }),
    // A pooling may leave the prompt out; what makes an embedding of single tokens does not.
    ...(prompt !== '' && input.rules.isFixed !== true && { promptLength: await promptLength(prompt, input) }),
  };
}

/** Token ids of each text. */
export async function tokenIdsOf(
  texts: readonly TokenizerInput[],
  { prompt = '', processingKwargs = {} }: TextOptions,
  input: TextInput,
): Promise<(readonly number[])[]> {
  const taken = takeTexts(texts);
  const called = processed(input, resolveProcessingKwargs('tokenize', processingKwargs));
  return (await tokenize(taken, prompt, called)).map(({ ids }) => ids);
}

/** The features of texts, padded to the longest. The caller disposes the tensors. */
export async function featuresOf(
  texts: readonly TokenizerInput[],
  { prompt = '', task, processingKwargs = {} }: TextOptions,
  input: TextInput,
): Promise<Features> {
  const taken = takeTexts(texts);
  const called = processed(input, resolveProcessingKwargs('preprocess', processingKwargs));
  const { texts: rows, length, ...arrays } = pad(await tokenize(taken, prompt, called), called);
  const facts = await factsOf(task, prompt, input);
  const tensors = withoutAdvice(() =>
    Object.entries(arrays).map(([name, elements]) => [name, tf.tensor2d(elements, [rows, length], 'int32')]),
  );
  return { ...(Object.fromEntries(tensors) as Features), ...facts };
}
