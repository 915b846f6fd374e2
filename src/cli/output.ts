import { once } from 'node:events';
import { open } from 'node:fs/promises';
import { STANDARD } from '../data/lines.js';
import { type Blocks, blocks } from './blocks.js';
import { checkOutput, type OutputRule } from './check-output.js';
import type { Output, Resumable } from './output-contract.js';
import { openPartial, type Settings } from './partial-file.js';

/**
 * Opens an output. Standard output, a device or a pipe is written directly. A file is written under another name and
 * renamed at the end, so until then, and however the process ends, the path has its former contents.
 *
 * @param settings the settings that a run which resumes this one must share
 * @throws InputError if there can be no such file
 */
export async function openOutput(
  path: string,
  rule: OutputRule,
  settings: Settings,
  kind: Resumable,
): Promise<Output> {
  const isDevice = await checkOutput(path, rule);
  if (path === STANDARD) return standardOutput;
  return isDevice ? unkept(blocks(await open(path, 'w'), path)) : openPartial(path, rule, settings, kind);
}

const standardOutput: Output = {
  write: async (line) => {
    if (!process.stdout.write(`${line}\n`)) await once(process.stdout, 'drain');
  },
  keep: () => Promise.resolve(),
  finish: () => Promise.resolve(),
  stop: () => Promise.resolve(),
};

function unkept(written: Blocks): Output {
  return {
    write: (line) => written.write(line),
    keep: () => Promise.resolve(),
    finish: async () => {
      await written.flush();
      await written.close();
    },
    stop: () => written.close(),
  };
}
