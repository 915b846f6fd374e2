#!/usr/bin/env node
import { CommanderError } from 'commander';
import { EngineUnavailableError } from '../src/engine/errors.js';
import { CaseFileError } from './case-file.js';
import { parityCommand } from './command.js';
import { ReferenceUnavailableError } from './python/errors.js';
import { renderList } from './report/list.js';
import { hasFinding } from './report/report.js';
import { renderTerminal } from './report/terminal.js';
import { runParity } from './run.js';

const FINDING = 1;
const WRONG_USE = 2;
const ENVIRONMENT = 3;
const INTERRUPTED = 130;

process.once('SIGINT', () => process.exit(INTERRUPTED));

const command = parityCommand(async (options) => {
  if (options.list) {
    process.stdout.write(renderList(options.losses, options.formats));
    return;
  }
  const report = await runParity(options, (line) => process.stderr.write(`${line}\n`));
  process.stdout.write(`${renderTerminal(report)}\n`);
  if (hasFinding(report)) process.exitCode = FINDING;
});

try {
  await command.exitOverride().parseAsync();
} catch (error) {
  process.exitCode = exitCode(error);
  if (!(error instanceof CommanderError)) {
    const message = error instanceof Error ? error.message : String(error);
    process.stderr.write(
      `${process.exitCode === FINDING && error instanceof Error ? error.stack : message}\n`,
    );
  }
}

function exitCode(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : WRONG_USE;
  if (error instanceof ReferenceUnavailableError || error instanceof EngineUnavailableError)
    return ENVIRONMENT;
  if (error instanceof RangeError || error instanceof CaseFileError) return WRONG_USE;
  return FINDING;
}
