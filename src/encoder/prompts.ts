import { OptionError } from '../errors.js';
import { warn } from '../warnings.js';

/** What is put before each text. */
export interface PromptChoice {
  readonly prompt?: string;
  /** One of the model's prompts. */
  readonly promptName?: string;
}

/**
 * The prompt of a call: the one given, else that of the name given, else the default one.
 *
 * @throws OptionError for a name that the model does not have
 */
export function resolvePrompt(
  { prompt, promptName }: PromptChoice,
  prompts: ReadonlyMap<string, string>,
  defaultName: string | null,
): string {
  if (prompt !== undefined) {
    if (promptName !== undefined) {
      warn(`both a prompt and a promptName, "${promptName}", are given; the prompt is taken`);
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

/** Names of the prompt of a task, the first of which that the model has is taken. */
const TASK_PROMPTS: Readonly<Record<Task, readonly string[]>> = {
  query: ['query'],
  document: ['document', 'passage', 'corpus'],
};

/**
 * What `encodeQuery` and `encodeDocument` put before a text unless told otherwise: the prompt `query`; the prompt
 * `document`, `passage` or `corpus`. A model that was opened or made has the first two, perhaps empty. Without any, the
 * default prompt.
 *
 * @throws OptionError for a default prompt that the model does not have
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
      `the model has a prompt "${other}" and an empty one named "${promptName}", which is taken, as in sentence-transformers; ` +
        `set promptName to "${other}" to use the other`,
    );
  }
  return prompt;
}
