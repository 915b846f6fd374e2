import { z } from 'zod';
import { describe } from '../../describe.js';
import { ModelFileError } from '../../errors.js';
import type { TextProcessing } from '../module.js';
import { jsonObject } from '../read-config.js';

/** The kind of output of a transformer: the hidden states, or the parts of the logits of its masked language model. */
export const TASKS = ['feature-extraction', 'fill-mask'] as const;
export type Task = (typeof TASKS)[number];

/** The output of the reference's model that becomes token_embeddings. */
const OUTPUT: Readonly<Record<Task, string>> = {
  'feature-extraction': 'last_hidden_state',
  'fill-mask': 'logits',
};

const NAME = 'sentence_bert_config.json';

const empty = (value: unknown): boolean =>
  value === null ||
  (typeof value === 'object' && Object.keys(value).every((key) => key === 'trust_remote_code'));

const unset = z
  .custom<unknown>((value) => value === undefined || value === null, {
    error: 'no value, as it is not supported',
  })
  .optional();
const noSettings = z.custom<unknown>(empty, { error: 'no settings, as they are not supported' }).optional();

/** Padding does not change the results. */
const processingKwargs = z.strictObject({
  text: z
    .strictObject({
      max_length: z.int().positive().optional(),
      truncation: z.literal([true, false, 'longest_first', 'do_not_truncate']).optional(),
      add_special_tokens: z.boolean().optional(),
      split_special_tokens: z.boolean().optional(),
      padding: z.unknown().optional(),
    })
    .optional(),
});
type ProcessingJson = z.infer<typeof processingKwargs>;

const schema = z.strictObject({
  transformer_task: z
    .custom<Task>((value) => TASKS.includes(value as Task), { error: `one of ${TASKS.join(', ')}` })
    .optional(),
  modality_config: z
    .object(
      {
        text: z.object(
          { method: z.string(), method_output_name: z.string() },
          { error: 'an object with method and method_output_name' },
        ),
      },
      { error: 'an object with text' },
    )
    .optional(),
  module_output_name: z.literal('token_embeddings', { error: '"token_embeddings"' }).optional(),
  max_seq_length: z
    .int({ error: 'a whole number above 0, or null' })
    .positive({ error: 'a whole number above 0, or null' })
    .nullish(),
  do_lower_case: z.boolean({ error: 'true or false' }).nullish(),
  unpad_inputs: z.boolean({ error: 'true, false or null' }).nullish(),
  // Neither changes the results.
  model_args: z.unknown().optional(),
  model_kwargs: z.unknown().optional(),
  config_args: noSettings,
  config_kwargs: noSettings,
  tokenizer_args: noSettings,
  processor_kwargs: noSettings,
  processing_kwargs: z
    .custom<ProcessingJson>((value) => processingKwargs.safeParse(value).success, {
      error: 'an object whose text holds nothing but max_length, truncation, add_special_tokens and padding',
    })
    .nullish(),
  query_length: unset,
  document_length: unset,
  query_expansion: unset,
});

export interface ConfigFile {
  readonly task: Task;
  /** undefined leaves it to the tokenizer's config. */
  readonly maxLength: number | undefined;
  readonly lowerCase: boolean;
  /**
   * Whether the reference concatenates texts instead of padding them. It changes no embedding and is kept for the
   * reference.
   */
  readonly unpadInputs?: boolean | undefined;
  /** The tokenizer's options in the file. */
  readonly processing?: ProcessingJson | undefined;
}

/**
 * Reads current files and those from before `modality_config`.
 *
 * @throws ModelFileError that names the key, its value and the expected values
 */
export function readConfigFile(json: unknown, defaultTask: Task): ConfigFile {
  const file = jsonObject(NAME, json);
  const { success, data, error } = schema.safeParse(file);
  if (!success) {
    throw new ModelFileError(`${NAME}: ${error.issues.map((issue) => told(issue, file)).join('. ')}`);
  }
  const task = data.transformer_task ?? defaultTask;
  const text = data.modality_config?.text;
  if (text !== undefined && (text.method !== 'forward' || text.method_output_name !== OUTPUT[task])) {
    throw new ModelFileError(
      `${NAME}: modality_config.text takes ${text.method_output_name} of ${text.method}; expected ${OUTPUT[task]} of forward, as ${task} has it`,
    );
  }
  return {
    task,
    maxLength: data.max_seq_length ?? undefined,
    lowerCase: data.do_lower_case ?? false,
    unpadInputs: data.unpad_inputs ?? undefined,
    processing: data.processing_kwargs ?? undefined,
  };
}

/** The tokenizer options in the `processing_kwargs` of a config file. */
export function textProcessing({ text = {} }: ProcessingJson = {}): TextProcessing {
  const {
    max_length: maxLength,
    truncation,
    add_special_tokens: addSpecialTokens,
    split_special_tokens: splitSpecialTokens,
  } = text;
  return {
    ...(maxLength !== undefined && { maxLength }),
    ...(truncation !== undefined && { truncation: truncation === true || truncation === 'longest_first' }),
    ...(addSpecialTokens !== undefined && { addSpecialTokens }),
    ...(splitSpecialTokens !== undefined && { splitSpecialTokens }),
  };
}

function told(issue: z.core.$ZodIssue, file: unknown): string {
  if (issue.code === 'unrecognized_keys') {
    const known = Object.keys(schema.shape).join(', ');
    return `it holds ${issue.keys.map(describe).join(', ')}; its keys are ${known}`;
  }
  const value = issue.path.reduce<unknown>((at, key) => (at as Record<PropertyKey, unknown>)[key], file);
  return `${issue.path.join('.')} is ${describe(value)}; expected ${issue.message}`;
}

/** In the reference's current form; limits and lower case appear only if they are set. */
export function writeConfigFile(config: ConfigFile): Record<string, unknown> {
  const { task, maxLength, lowerCase, unpadInputs, processing } = config;
  return {
    transformer_task: task,
    modality_config: { text: { method: 'forward', method_output_name: OUTPUT[task] } },
    module_output_name: 'token_embeddings',
    ...(processing !== undefined && { processing_kwargs: processing }),
    ...(unpadInputs !== undefined && { unpad_inputs: unpadInputs }),
    ...(maxLength !== undefined && { max_seq_length: maxLength }),
    ...(lowerCase && { do_lower_case: true }),
  };
}
