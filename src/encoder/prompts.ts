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
    if (promptName !== undefined)
      warn(`both a prompt and the promptName "${promptName}" are given; the prompt is taken`);
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

/** Names that models give to the prompt of documents. */
const DOCUMENT_PROMPTS = ['passage', 'corpus'];

/**
 * What `encodeQuery` and `encodeDocument` put before a text unless told otherwise: as in the reference the prompt `query`
 * or `document`, which is empty where the model has none. The default prompt and prompts of other names do not apply.
 */
export function promptForTask(task: Task, prompts: ReadonlyMap<string, string>): string {
  const prompt = prompts.get(task) ?? '';
  const other = DOCUMENT_PROMPTS.find((name) => (prompts.get(name) ?? '') !== '');
  if (task === 'document' && prompt === '' && other !== undefined) {
    warn(
      `the model has a prompt "${other}" but none named "document", so encodeDocument takes none, as in sentence-transformers; ` +
        `pass promptName: "${other}" to use it`,
    );
  }
  return prompt;
}
