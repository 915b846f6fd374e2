import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { isAbsolute, join, normalize, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { ReadableError } from '../../src/errors.js';
import { tensorFromBytes, type WireTensor } from '../../src/python/exchange.js';
import type { CaseOutcome } from '../case.js';
import type { CommandPort } from './command-port.js';
import { gradientName, type OurSide } from './our-side.js';
import { type JudgedFunctionCase, plainNames } from './reference-side.js';
import type { CaseValue } from './values.js';

/** The program of a port does not keep to the protocol: it ended, is late, or answers something else. */
export class PortError extends ReadableError {
  override readonly kind = 'environment';
  override readonly name = 'PortError';
}

export const PROTOCOL_VERSION = 1;
const LOG_LINES = 20;

const tensorSchema = z.strictObject({
  dtype: z.enum(['float32', 'float64', 'int32', 'int64', 'bool']),
  shape: z.array(z.int().nonnegative()),
  file: z.string(),
});
const replySchema = z.union([
  z.strictObject({ error: z.strictObject({ type: z.string(), message: z.string() }) }),
  z.strictObject({
    outputs: z.record(z.string(), z.union([tensorSchema, z.strictObject({ text: z.string().nullable() })])),
    gradients: z.array(z.record(z.string(), tensorSchema)).default([]),
  }),
]);

/** Runs a port as a program that stays alive, and asks it case by case. */
export class CommandSide implements OurSide {
  readonly #port: CommandPort;
  readonly #folder: string;
  readonly #gradients: readonly string[];
  readonly #work = mkdtempSync(join(tmpdir(), 'sparse-encoder-port-'));
  #child: ChildProcess | undefined;
  #answers: AsyncIterator<string> | undefined;
  #log: string[] = [];
  #requests = 0;

  constructor(port: CommandPort, { folder, gradients }: { folder: string; gradients: readonly string[] }) {
    this.#port = port;
    this.#folder = folder;
    this.#gradients = gradients;
  }

  async run(judged: JudgedFunctionCase): Promise<CaseOutcome> {
    const folder = join(this.#work, String(++this.#requests));
    await mkdir(folder);
    try {
      await this.#write(folder, judged);
      await this.#ask(folder);
      return this.#read(folder);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  async close(): Promise<void> {
    this.#child?.kill('SIGKILL');
    this.#child = undefined;
    rmSync(this.#work, { recursive: true, force: true });
  }

  async #write(folder: string, { case: { target, inputs }, cotangents }: JudgedFunctionCase): Promise<void> {
    let files = 0;
    const store = async ({ dtype, shape, data }: WireTensor): Promise<object> => {
      const file = `${files++}.bin`;
      await writeFile(join(folder, file), Buffer.from(data.buffer, data.byteOffset, data.byteLength));
      return { dtype, shape, file };
    };
    const tree = async (value: CaseValue): Promise<unknown> => {
      if (value.kind === 'tensor') return store(value.tensor);
      if (value.kind === 'number') {
        return Number.isFinite(value.value) ? value.value : { number: String(value.value) };
      }
      if (value.kind === 'plain') return value.value;
      if (value.kind === 'list') return Promise.all(value.items.map(tree));
      const fields = Object.entries(value.fields).map(
        async ([key, field]) => [key, await tree(field)] as const,
      );
      return Object.fromEntries(await Promise.all(fields));
    };
    const directions = cotangents.map(async (group) => {
      const stored = [...group].map(async ([name, tensor]) => [name, await store(tensor)] as const);
      return Object.fromEntries(await Promise.all(stored));
    });
    const request = {
      protocol: PROTOCOL_VERSION,
      target,
      inputs: await tree({ kind: 'record', fields: inputs }),
      gradients: this.#gradients,
      cotangents: await Promise.all(directions),
    };
    await writeFile(join(folder, 'request.json'), JSON.stringify(request, null, 1));
  }

  /** Sends the folder of a request, and waits for the line that says that the reply is written. */
  async #ask(folder: string): Promise<void> {
    const child = this.#running();
    child.stdin?.write(`${folder}\n`);
    const answer = await this.#answerInTime();
    if (answer === undefined || answer.done === true) {
      await new Promise((settled) => setTimeout(settled, 50));
      throw this.#error(
        `ended (${child.signalCode ?? `exit code ${child.exitCode ?? 'unknown'}`}) instead of answering`,
      );
    }
    if (answer.value !== 'done') {
      throw this.#error(`answered ${JSON.stringify(answer.value.slice(0, 200))}; expected the line "done"`);
    }
  }

  async #answerInTime(): Promise<IteratorResult<string> | undefined> {
    let timer: NodeJS.Timeout | undefined;
    const { deadlineMs } = this.#port;
    const late = new Promise<'late'>((settle) => (timer = setTimeout(settle, deadlineMs, 'late')));
    try {
      const answer = await Promise.race([this.#answers?.next(), late]);
      if (answer === 'late') throw this.#error(`took longer than ${deadlineMs} ms for one request`);
      return answer;
    } finally {
      clearTimeout(timer);
    }
  }

  #running(): ChildProcess {
    if (this.#child !== undefined) return this.#child;
    const [program, ...args] = this.#port.command;
    const path = program.startsWith('.') ? resolve(this.#folder, program) : program;
    const child = spawn(path, args, { cwd: this.#folder, stdio: ['pipe', 'pipe', 'pipe'] });
    this.#child = child;
    this.#log = [];
    child.on('error', (error) => this.#log.push(error.message));
    child.stdin.on('error', () => undefined);
    createInterface({ input: child.stderr }).on('line', (line) => {
      this.#log.push(line);
      if (this.#log.length > LOG_LINES) this.#log.shift();
    });
    this.#answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    return child;
  }

  /** Ends the program: what it says after a fault belongs to no request. The next case starts it anew. */
  #error(problem: string): PortError {
    this.#child?.kill('SIGKILL');
    this.#child = undefined;
    const said =
      this.#log.length === 0 ? '' : `\nThe last lines of its standard error:\n${this.#log.join('\n')}`;
    return new PortError(`the port ${this.#port.command.join(' ')} ${problem}${said}`);
  }

  #read(folder: string): CaseOutcome {
    const file = join(folder, 'reply.json');
    const reply = this.#parsed(file);
    if ('error' in reply) return { error: reply.error, componentNames: [], tensors: new Map() };
    const tensors = new Map<string, WireTensor>();
    const plain: Record<string, string | null> = {};
    for (const [name, output] of Object.entries(reply.outputs)) {
      if ('text' in output) plain[name] = output.text;
      else tensors.set(name, this.#tensor(folder, output));
    }
    for (const [number, group] of reply.gradients.entries()) {
      for (const [path, gradient] of Object.entries(group)) {
        tensors.set(gradientName(path, number), this.#tensor(folder, gradient));
      }
    }
    return { componentNames: plainNames(plain), tensors };
  }

  #parsed(file: string): z.infer<typeof replySchema> {
    try {
      return replySchema.parse(JSON.parse(readFileSync(file, 'utf8')));
    } catch (error) {
      const why = error instanceof z.ZodError ? z.prettifyError(error) : String(error);
      throw this.#error(`wrote a reply.json that is not a reply: ${why}`);
    }
  }

  #tensor(folder: string, { dtype, shape, file }: z.infer<typeof tensorSchema>): WireTensor {
    if (isAbsolute(file) || normalize(file).startsWith('..')) {
      throw this.#error(`names the file ${file}, which is outside the folder of the request`);
    }
    try {
      return tensorFromBytes(dtype, shape, readFileSync(join(folder, file)));
    } catch (cause) {
      throw this.#error(
        `gives the tensor ${file}: ${cause instanceof Error ? cause.message : String(cause)}`,
      );
    }
  }
}
