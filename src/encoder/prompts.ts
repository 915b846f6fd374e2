import { OptionError } from '../errors.js';
import { warn } from '../warnings.js';

/** The prompt before each text. */
export interface PromptChoice {
  readonly prompt?: string;
  /** The name of one of the model's prompts. */
  readonly promptName?: string;
}

/**
 * The prompt of a call: the given prompt, otherwise the prompt with the given name, otherwise the default prompt.
 *
 * @throws OptionError if the model has no prompt with that name
 */
export function resolvePrompt(
  { prompt, promptName }: PromptChoice,
  prompts: ReadonlyMap<string, string>,
  defaultName: string | null,
): string {
  if (prompt !== undefined) {
    if (promptName !== undefined) {
      warn(`both a prompt and a promptName, "${promptName}", are given; the prompt is used`);
    }
    return prompt;
  }
  const name = promptName ?? defaultName;
  if (name === null) return '';
  const found = prompts.get(name);
  if (found === undefined) {
    const known = [...prompts.keys()].map((each) => `"${each}"`).join(', ');
    throw new OptionError(
      `the model has no prompt "${name}"; ${known === '' ? 'it has none' : `it has ${known}`}`,
    );
  }
  return found;
}

export type Task = 'query' | 'document';

/** Names for the prompt of a task. The first name that the model has is used. */
const TASK_PROMPTS: Readonly<Record<Task, readonly string[]>> = {
  query: ['query'],
  document: ['document', 'passage', 'corpus'],
};

/**
 * The default prompt of `encodeQuery` and `encodeDocument`: `query` for queries; `document`, `passage` or `corpus` for
 * documents. A model that was loaded or made has the prompts `query` and `document`, perhaps empty. Without any of them
 * it is the model's default prompt.
 *
 * @throws OptionError if the model does not have its default prompt
 */
export function promptForTask(
  task: Task,
  prompts: ReadonlyMap<string, string>,
  defaultName: string | null,
): string {
  const names = TASK_PROMPTS[task].filter((name) => prompts.has(name));
  const [promptName = defaultName] = names;
  const prompt = resolvePrompt({}, prompts, promptName);
  const other = prompt === '' ? names.find((name) => prompts.get(name) !== '') : undefined;
  if (other !== undefined) {
    warn(
      `the model has a prompt "${other}" and an empty one named "${promptName}", which is used, as in sentence-transformers; ` +
        `set promptName to "${other}" to use the other`,
    );
  }
  return prompt;
}
