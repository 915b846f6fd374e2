import { readFileSync, writeSync } from 'node:fs';
import Jasmine from 'jasmine';
import { MESSAGE_FD, Task, type Failure, type Message, type Refusal } from './protocol.js';

// This module is bundled with the specs and runs in their process. Creating a Jasmine puts describe and it into the
// global scope, so it has to be imported before the first test file.
const runner = new Jasmine();

let currentFile = '';
const fileOf = new Map<string, string>();
recordFiles(['describe', 'xdescribe', 'fdescribe', 'it', 'xit', 'fit']);

/** Called at the top of every test file: later declarations belong to it. */
export function enterTestFile(file: string): void {
  currentFile = file;
}

/** Every declaration returns its suite or spec, whose id reporters receive. */
function recordFiles(declarations: readonly string[]): void {
  const scope = globalThis as unknown as Record<string, (...args: unknown[]) => { id: string }>;
  for (const name of declarations) {
    const declare = scope[name];
    if (declare === undefined) throw new Error(`jasmine puts no "${name}" into the global scope`);
    scope[name] = (...args) => {
      const declared = declare(...args);
      fileOf.set(declared.id, currentFile);
      return declared;
    };
  }
}

interface RegisteredKernel {
  kernelName: string;
  kernelFunc: (call: object) => unknown;
}

let refusals: Refusal[] = [];

/**
 * Called with the kernels registered for the backend. A missing kernel also fails a spec that expects another error, or
 * lets it pass, and jasmine reports neither.
 */
export function watchKernels(kernels: readonly RegisteredKernel[]): void {
  for (const registered of kernels) {
    const { kernelName, kernelFunc } = registered;
    registered.kernelFunc = (call) => {
      try {
        return kernelFunc(call);
      } catch (error) {
        if (error instanceof Error && error.name === 'UnsupportedKernelError') {
          const { kernel = kernelName } = error as { kernel?: string };
          refusals.push({ kernel, message: error.message });
        }
        throw error;
      }
    };
  }
}

/** Called after the last test file. */
export async function runSpecs(): Promise<void> {
  const task = Task.parse(JSON.parse(readFileSync(0, 'utf8')));
  const done = new Set(task.done);
  const selected = new Set<string>();
  runner.exitOnCompletion = false;
  runner.jasmine.DEFAULT_TIMEOUT_INTERVAL = task.timeoutMs;
  runner.env.configure({
    random: false,
    specFilter: (spec) => {
      const wanted = !done.has(spec.id) && spec.getFullName().includes(task.only);
      if (wanted) selected.add(spec.id);
      return wanted;
    },
  });
  runner.clearReporters();
  runner.addReporter({
    jasmineStarted: () => send({ kind: 'ready', specs: selected.size }),
    specStarted: (result) => {
      refusals = [];
      if (selected.has(result.id)) send({ kind: 'started', spec: identify(result) });
    },
    specDone: (result) => {
      if (selected.has(result.id)) send({ kind: 'done', result: describeResult(result) });
    },
    suiteDone: (result) => {
      if (result.failedExpectations.length > 0) send({ kind: 'outside', result: describeResult(result) });
    },
  });
  const { failedExpectations } = await runner.execute();
  if (failedExpectations.length > 0) {
    send({
      kind: 'outside',
      result: describeResult({ id: '', fullName: 'after the last spec', failedExpectations }),
    });
  }
  send({ kind: 'finished' });
}

function identify({ id, fullName }: Jasmine.Result) {
  return { id, name: fullName, file: fileOf.get(id) ?? '' };
}

function describeResult(result: Jasmine.Result) {
  return { ...identify(result), failures: result.failedExpectations.map(toFailure), refusals };
}

function toFailure({ message, stack }: Jasmine.Expectation): Failure {
  return { message, stack: stack ?? '' };
}

/** Written synchronously, so that the last started spec is known even if the process dies in it. */
function send(message: Message): void {
  const line = Buffer.from(`${JSON.stringify(message)}\n`);
  for (let written = 0; written < line.length;) written += writeSync(MESSAGE_FD, line, written);
}
