import * as tf from '@tensorflow/tfjs';
import { ModelFileError, UsageError } from '../errors.js';
import type { Features } from '../features.js';
import type { InputRules, Module } from '../modules/module.js';
import type { EncodedText, Tokenizer, TokenizerInput } from '../tokenizer/tokenizer.js';
import { padBatch } from '../tokenizer/pad-batch.js';
import type { BatchFacts, TokenBatch } from './inference.js';
import { firstModules, modulesForTask, TEXT } from './module-tree.js';

export interface TextOptions {
  /** Put before each text. */
  readonly prompt?: string;
  /** Which route a Router takes. */
  readonly task?: string;
}

/** How the texts of one task become token ids. */
export interface TextInput {
  readonly tokenizer: Tokenizer;
  readonly rules: InputRules;
  /** In tokens, special ones included. */
  readonly maxLength: number;
}

/**
 * The input of the module that takes the texts of a task.
 *
 * @param limit of tokens, where one was set
 * @throws UsageError where the first module takes no texts
 */
export function textInput(
  modules: readonly Module[],
  task: string | undefined,
  limit: number | undefined,
): TextInput {
  const [first] = modulesForTask(modules, task);
  const input = first && inputOf(first, limit);
  if (input !== undefined) return input;
  throw new UsageError(
    'the first module of this encoder takes no texts; give forward the features that it does take',
  );
}

/**
 * The inputs of all routes, in their order.
 *
 * @throws UsageError where no first module takes texts
 */
export function textInputs(
  modules: readonly Module[],
  limit: number | undefined,
): [TextInput, ...TextInput[]] {
  const [first, ...rest] = firstModules(modules).flatMap((module) => inputOf(module, limit) ?? []);
  if (first !== undefined) return [first, ...rest];
  throw new UsageError('no module of this encoder takes texts');
}

function inputOf({ input: rules, tokenizer }: Module, limit: number | undefined): TextInput | undefined {
  if (rules === undefined || tokenizer === undefined) return undefined;
  const { maxLength = tokenizer.modelMaxLength, maxPositions, ignoresMaxSeqLength = false } = rules;
  const wanted = ignoresMaxSeqLength ? maxLength : (limit ?? maxLength);
  return { tokenizer, rules, maxLength: Math.min(wanted, maxPositions) };
}

/** Tokens of texts that begin with a prompt; of a pair its first text does. */
export async function tokenize(
  texts: readonly TokenizerInput[],
  prompt: string,
  { tokenizer, rules, maxLength }: TextInput,
): Promise<EncodedText[]> {
  const prompted = prompt === '' ? texts : texts.map((text) => withPrompt(text, prompt));
  const { addSpecialTokens } = rules;
  return await tokenizer.encodeBatch(prompted, { maxLength, addSpecialTokens });
}

function withPrompt(text: TokenizerInput, prompt: string): TokenizerInput {
  return typeof text === 'string' ? prompt + text : [prompt + text[0], text[1]];
}

/**
 * Texts as rows of equal length, of at least 1; with type ids where the model takes them.
 *
 * @throws ModelFileError for a token that the tokenizer has and the model does not
 */
export function pad(texts: readonly EncodedText[], { tokenizer, rules }: TextInput): TokenBatch {
  const { rows, columns, inputIds, attentionMask, tokenTypeIds } = padBatch(texts, tokenizer);
  const { vocabularySize = Infinity } = rules;
  const unknown = inputIds.find((id) => id >= vocabularySize);
  if (unknown !== undefined) {
    throw new ModelFileError(
      `the tokenizer gives ${JSON.stringify(tokenizer.idToToken(unknown) ?? '')} the id ${unknown}; the model has ${vocabularySize} tokens: its tokenizer is of another model`,
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

/** Number of tokens of a prompt by itself; a special token that ends it is not counted. */
async function promptLength(prompt: string, input: TextInput): Promise<number> {
  const [{ ids } = { ids: [] }] = await tokenize([prompt], '', input);
  const last = ids.at(-1);
  return last !== undefined && input.tokenizer.specialIds.has(last) ? ids.length - 1 : ids.length;
}

/** What the modules read besides the tokens of texts that begin with this prompt. */
export async function factsOf(
  task: string | undefined,
  prompt: string,
  input: TextInput,
): Promise<BatchFacts> {
  return {
    modality: TEXT,
    ...(task !== undefined && { task }),
    ...(prompt !== '' && { promptLength: await promptLength(prompt, input) }),
  };
}

/** The features of texts, padded to the longest. The caller disposes the tensors. */
export async function featuresOf(
  texts: readonly TokenizerInput[],
  prompt: string,
  task: string | undefined,
  input: TextInput,
): Promise<Features> {
  const { texts: rows, length, ...arrays } = pad(await tokenize(texts, prompt, input), input);
  const facts = await factsOf(task, prompt, input);
  const tensors = Object.entries(arrays).map(([name, elements]) => [
    name,
    tf.tensor2d(elements, [rows, length], 'int32'),
  ]);
  return { ...(Object.fromEntries(tensors) as Features), ...facts };
}
