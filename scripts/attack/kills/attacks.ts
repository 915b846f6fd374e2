import { strict as assert } from 'node:assert';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SparseEncoder } from '../../../src/index.js';
import type { Attack, Given } from '../attack.js';
import { type Ended, interruptInTerminal, runProgram, sparseEncoder } from './program.js';

const MODEL = fileURLToPath(new URL('../../../fixtures/models/inference-free', import.meta.url));
const SAVE_AGAIN = fileURLToPath(new URL('save-again.ts', import.meta.url));

const TEXTS = Array.from({ length: 3_000 }, (_, index) => `water and tree ${index}\n`).join('');
/** Starting a command takes most of this time. */
const LONGEST_WAIT_MS = 4_000;

const SIGNALS = ['SIGKILL', 'SIGTERM', 'SIGHUP', 'SIGINT'] as const;
/** Exit codes of a command that a signal ended cleanly. */
const CODES = { SIGKILL: null, SIGTERM: 143, SIGHUP: 129, SIGINT: 130 } as const;

/** How an attempt is killed: by each signal in turn, at a random moment. */
function killOf({ index, random }: Given): {
  readonly after: number;
  readonly signal: (typeof SIGNALS)[number];
} {
  const signal = SIGNALS[index % SIGNALS.length] ?? 'SIGKILL';
  return { after: random.below(LONGEST_WAIT_MS), signal };
}

/** The command ended by itself, by the signal before it could handle it, or cleanly with the signal's exit code. */
function requireOrder({ code, signal, output }: Ended, sent: (typeof SIGNALS)[number]): void {
  const isFine = code === 0 || signal === sent || code === CODES[sent];
  assert.ok(isFine, `ended with ${code ?? signal} after ${sent}: ${output}`);
}

let whole: string | undefined;

async function killEncode(given: Given): Promise<void> {
  const { folder } = given;
  const [input, output] = [join(folder, 'texts.txt'), join(folder, 'out.jsonl')];
  writeFileSync(input, TEXTS);
  const encode = (to: string, ...more: string[]): string[] =>
    sparseEncoder('encode', MODEL, '--task', 'query', '--input', input, '--output', to, ...more);
  if (whole === undefined) {
    const first = await runProgram(encode(`${output}.first`));
    assert.equal(first.code, 0, first.output);
    whole = readFileSync(`${output}.first`, 'utf8');
  }
  const { after, signal } = killOf(given);
  requireOrder(await runProgram(encode(output), { after, signal }), signal);
  if (!existsSync(output)) {
    const resumed = await runProgram(encode(output, '--resume'));
    assert.equal(resumed.code, 0, resumed.output);
  }
  assert.equal(readFileSync(output, 'utf8'), whole);
  const left = readdirSync(folder).filter((name) => name !== 'out.jsonl.first');
  assert.deepEqual(left.toSorted(), ['out.jsonl', 'texts.txt']);
}

async function killExport(given: Given): Promise<void> {
  const output = join(given.folder, 'exported');
  const { after, signal } = killOf(given);
  const program = sparseEncoder('export', MODEL, '--output', output);
  requireOrder(await runProgram(program, { after, signal }), signal);
  if (existsSync(output)) await encodesWith(output);
  const again = await runProgram([...program, '--force']);
  assert.equal(again.code, 0, again.output);
  await encodesWith(output);
  assert.deepEqual(readdirSync(given.folder), ['exported']);
}

async function killSave(given: Given): Promise<void> {
  const output = join(given.folder, 'saved');
  const { after } = killOf(given);
  const program = [process.execPath, '--import', 'tsx', SAVE_AGAIN, MODEL, output];
  const ended = await runProgram(program, { after, signal: 'SIGKILL' });
  assert.equal(ended.signal, 'SIGKILL', ended.output);
  if (existsSync(output)) await encodesWith(output);
  const encoder = await SparseEncoder.load(MODEL);
  await encoder.save(output, { overwrite: true });
  await encoder.dispose();
  await encodesWith(output);
  assert.deepEqual(readdirSync(given.folder), ['saved']);
}

/** The folder holds a whole model. */
async function encodesWith(folder: string): Promise<void> {
  const encoder = await SparseEncoder.load(folder);
  const { rows } = await encoder.encodeQuery(['water']);
  await encoder.dispose();
  assert.equal(rows, 1);
}

/** What a program may turn off in a terminal: the cursor, and the wrapping of lines. */
const MODES = ['?25', '?7'];

async function interruptEncode({ folder, random }: Given): Promise<void> {
  const input = join(folder, 'texts.txt');
  writeFileSync(input, TEXTS.repeat(50));
  const program = sparseEncoder('encode', MODEL, '--input', input, '--output', join(folder, 'out.jsonl'));
  const { code, output } = await interruptInTerminal(program, random.below(2 * LONGEST_WAIT_MS));
  assert.ok(code === 130 || code === 0, `ended with ${code}: ${output}`);
  for (const mode of MODES) {
    const [off, on] = ['l', 'h'].map((end) => output.lastIndexOf(`\u001B[${mode}${end}`)) as [number, number];
    assert.ok(off <= on, `the terminal is left without mode ${mode}: ${JSON.stringify(output.slice(-200))}`);
  }
}

const by = 'kills it by each signal in turn at a random moment';

export const ATTACKS: readonly Attack[] = [
  {
    name: 'an encode that is killed',
    what: `encodes 3,000 texts, and ${by}`,
    expects: 'a whole output after --resume; nothing else is left',
    tries: { quick: 2, full: 60 },
    seconds: 1_200,
    attempt: killEncode,
  },
  {
    name: 'an export that is killed',
    what: `exports a model, and ${by}`,
    expects: 'no folder or a whole one; nothing else is left after the next export',
    tries: { quick: 1, full: 40 },
    seconds: 1_200,
    attempt: killExport,
  },
  {
    name: 'a save that is killed',
    what: 'saves a model over itself again and again, and kills the process at a random moment',
    expects: 'no folder or a whole one; nothing else is left after the next save',
    tries: { quick: 1, full: 60 },
    seconds: 1_200,
    attempt: killSave,
  },
  {
    name: 'Ctrl-C in a terminal',
    what: 'encodes 150,000 texts in a terminal of 80 columns, and types Ctrl-C at a random moment',
    expects: 'exit code 130; the terminal has its cursor and wraps lines',
    // Linux has a program that makes a terminal.
    tries: process.platform === 'linux' ? { quick: 1, full: 40 } : { quick: 0, full: 0 },
    seconds: 1_200,
    attempt: interruptEncode,
  },
];
