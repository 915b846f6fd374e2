import { OptionError } from '../errors.js';
import type { Module, ModuleKwargs } from '../modules/module.js';
import {
  checkActiveDims,
  type EncodeOptions,
  resolveEncodeOptions,
  type ResolvedEncodeOptions,
} from './encode-options.js';
import type { Encoding } from './encode.js';
import { dimensionOf, leavesOf, modulesForTask } from './module-tree.js';
import { promptForTask, resolvePrompt, type Task } from './prompts.js';
import { type EncoderSettings, latentsOf } from './settings.js';
import { factsOf, pad, processed, type TextInput, tokenize } from './text-input.js';

/** A call of `encode`: its options, completed by the settings of the model, and the prompt before each text. */
export interface EncodeCall {
  readonly options: ResolvedEncodeOptions;
  readonly prompt: string;
  /** The modules for the texts. */
  readonly modules: readonly Module[];
}

/** What a call needs from its model. */
export interface EncodeDefaults extends EncoderSettings {
  readonly modules: readonly Module[];
}

/**
 * @param asked the task whose prompt and route are the default
 * @throws OptionError if an option is unknown, of the wrong type, or beyond what the model supports
 * @throws InputError if a task has no route
 */
export function encodeCall(model: EncodeDefaults, options: EncodeOptions, asked?: Task): EncodeCall {
  const { maxActiveDims, prompts, defaultPromptName } = model;
  const resolved = resolveEncodeOptions(options, maxActiveDims);
  const task = resolved.task ?? asked;
  const modules = modulesForTask(model.modules, task);
  checkActiveDims('encode', resolved.maxActiveDims, latentsOf(modules));
  checkModuleKwargs(resolved.moduleKwargs ?? {}, model.modules);
  const isChosen = resolved.prompt !== undefined || resolved.promptName !== undefined;
  const prompt =
    asked === undefined || isChosen
      ? resolvePrompt(resolved, prompts, defaultPromptName)
      : promptForTask(asked, prompts, defaultPromptName);
  return { options: { ...resolved, ...(task !== undefined && { task }) }, prompt, modules };
}

/** @throws OptionError for an argument that no module takes, on any route */
function checkModuleKwargs(given: ModuleKwargs, modules: readonly Module[]): void {
  const known = leavesOf(modules).flatMap(({ module }) => module.forwardKwargs ?? []);
  const unknown = Object.keys(given).filter((name) => !known.includes(name));
  if (unknown.length === 0) return;
  throw new OptionError(
    `encode: moduleKwargs has ${unknown.join(', ')}, which no module takes; ${known.length === 0 ? 'they take none' : `they take ${known.join(', ')}`}`,
  );
}

/** How this call computes embeddings of texts. */
export async function encodingOf(
  { options, prompt, modules }: EncodeCall,
  input: TextInput,
  rest: Pick<Encoding, 'batches' | 'onBatch'>,
): Promise<Encoding> {
  options.signal?.throwIfAborted();
  const { task, maxActiveDims, processingKwargs, moduleKwargs } = options;
  const called = processed(input, processingKwargs);
  return {
    ...options,
    ...rest,
    columns: dimensionOf(modules) ?? 0,
    tokenize: (texts) => tokenize(texts, prompt, called),
    pad: (texts) => pad(texts, called),
    facts: {
      ...(await factsOf(task, prompt, input)),
      ...(maxActiveDims !== null && { maxActiveDims }),
      ...(moduleKwargs !== undefined && { moduleKwargs }),
    },
  };
}
