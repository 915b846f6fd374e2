import type { Module } from '../modules/module.js';
import type { Encoding } from './encode.js';
import { type EncodeOptions, resolveEncodeOptions, type ResolvedEncodeOptions } from './encode-options.js';
import type { Embedder } from './inference.js';
import { promptForTask, resolvePrompt, type Task } from './prompts.js';
import { type EncoderSettings, latentsOf } from './settings.js';
import { factsOf, pad, type TextInput, tokenize } from './text-input.js';

/** A call of `encode`: its options under the settings of the model, and the prompt before each text. */
export interface EncodeCall {
  readonly options: ResolvedEncodeOptions;
  readonly prompt: string;
}

/** What a call asks of its model. */
export interface EncodeDefaults extends EncoderSettings {
  readonly modules: readonly Module[];
}

/**
 * @param task whose prompt and route are taken where the options say nothing else
 * @throws OptionError for options that are unknown, of the wrong kind, or more than the model can do
 */
export function encodeCall(model: EncodeDefaults, options: EncodeOptions, task?: Task): EncodeCall {
  const { maxActiveDims, modules, prompts, defaultPromptName } = model;
  const resolved = resolveEncodeOptions(options, { maxActiveDims, latents: latentsOf(modules) });
  if (task === undefined) {
    return { options: resolved, prompt: resolvePrompt(resolved, prompts, defaultPromptName) };
  }
  const isChosen = resolved.prompt !== undefined || resolved.promptName !== undefined;
  const prompt = isChosen
    ? resolvePrompt(resolved, prompts, defaultPromptName)
    : promptForTask(task, prompts);
  return { options: { task, ...resolved }, prompt };
}

/** How this call makes embeddings of texts. */
export async function encodingOf(
  { options, prompt }: EncodeCall,
  input: TextInput,
  rest: {
    readonly embedder: Embedder;
    readonly columns: number;
    readonly onBatch: (texts: number) => void;
  },
): Promise<Encoding> {
  const { task, maxActiveDims } = options;
  return {
    ...options,
    ...rest,
    tokenize: (texts) => tokenize(texts, prompt, input),
    pad: (texts) => pad(texts, input),
    facts: { ...(await factsOf(task, prompt, input)), ...(maxActiveDims !== null && { maxActiveDims }) },
  };
}
