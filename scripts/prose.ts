/** Checks the documents with a grammar checker, Harper: npm run prose [FILE...] */
import { LocalLinter } from 'harper.js';
import { slimBinary } from 'harper.js/slimBinary';
import { counted } from '../src/counted.js';
import { EXIT } from '../src/shell/exit-codes.js';
import { newCommand } from '../src/shell/new-command.js';
import { runCommand } from '../src/shell/run-command.js';
import { DOCUMENTS, readDocument } from './readme/documents.js';

/** Findings of these kinds are mostly names of models, file formats and fields, or matters of taste. */
const LEFT_OUT = ['Spelling', 'Capitalization', 'Typo', 'Formatting', 'WordChoice', 'Style', 'Miscellaneous'];

async function main(given: readonly string[]): Promise<void> {
  const files = given.length > 0 ? given : DOCUMENTS;
  const linter = new LocalLinter({ binary: slimBinary });
  let found = 0;
  for (const file of files) {
    const text = readDocument(file);
    for (const lint of await linter.lint(text, { language: 'markdown' })) {
      if (LEFT_OUT.includes(lint.lint_kind())) continue;
      found++;
      const line = text.slice(0, lint.span().start).split('\n').length;
      const problem = lint.get_problem_text().replaceAll(/\s+/g, ' ');
      process.stdout.write(`${file}:${line}: ${lint.message()}\n  ${problem}\n`);
    }
  }
  process.stdout.write(`${counted(files.length, 'document')}, ${counted(found, 'finding')}\n`);
  if (found > 0) process.exitCode = EXIT.finding;
}

await runCommand(() =>
  newCommand('prose', {
    description: 'Checks the documents with a grammar checker, Harper.',
    examples: ['npm run prose', 'npm run prose -- README.md'],
  })
    .argument('[files...]', 'files of this repository (default: all documents)')
    .action(main),
);
