import type { Command } from 'commander';
import { PUSH_RULES } from '../encoder/hub/push-options.js';
import { addFlags } from '../shell/flag.js';
import { plainCommand } from './command.js';
import type { PushCommandOptions } from './commands/push.js';

/** `push`. */
export function addPushCommand(root: Command): void {
  const pushing = plainCommand(root, 'push', {
    description: 'Upload the folder of a model to a repository of the Hugging Face hub.',
    notes: `
The token is that of HF_TOKEN, or the one that \`hf auth login\` has stored.
HF_ENDPOINT names another hub. Hidden files, checkpoints and logs of a run stay
here. Needs the package @huggingface/hub.
`,
    examples: [
      'sparse-encoder push run/final me/my-splade --private',
      'sparse-encoder push exported me/my-splade --exist-ok --commit-message "Add ONNX files"',
      'sparse-encoder push run/final org/model --create-pr',
    ],
  })
    .argument('<folder>', 'what train, save or export has written')
    .argument('<repository>', 'organization/name; a plain name belongs to the owner of the token');
  addFlags(pushing, PUSH_RULES, {
    private: 'make a new repository private',
    existOk: 'add to a repository that exists; its other files stay',
    replaceModelCard: 'replace the card of a repository that exists',
    revision: 'the branch to push to, which is made if it does not exist (default: main)',
    createPr: 'open a pull request instead of changing the branch',
    commitMessage: 'the message of the commit',
  }).action(async (folder: string, repository: string, options: PushCommandOptions) => {
    const { pushCommand } = await import('./commands/push.js');
    await pushCommand(folder, repository, options);
  });
}
