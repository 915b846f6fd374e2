import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ReadableError } from '../../src/errors.js';
import { type Attack, DEFAULT_SECONDS, memoryLimit } from './attack.js';
import { peakOfTree } from './memory.js';
import type { AttackMessage, AttackRequest, Finding } from './messages.js';

const CHILD = fileURLToPath(new URL('child.ts', import.meta.url));
const LOOK_EVERY_MS = 50;
const START_SECONDS = 120;
const MEGABYTE = 1e6;
const LAST_WORDS = 2_000;
/** The outcome of an attack without findings. */
export const HELD = 'held';

/** The process of attacks could not be started, which says nothing about the package. */
export class AttackUnavailableError extends ReadableError {
  override readonly kind = 'environment';
  override readonly name = 'AttackUnavailableError';
}

export interface Outcome {
  /** Tries that were started. */
  readonly tries: number;
  /** `HELD`, or in a few words why it did not hold. */
  readonly outcome: string;
  readonly findings: readonly Finding[];
  /** The most memory of one process, beyond the idle one. */
  readonly peakMegabytes: number;
  readonly seconds: number;
}

export interface RunOptions {
  /** The address of the module that exports the attack among its ATTACKS. */
  readonly module: string;
  readonly tries: number;
  readonly seed: number;
  /** Called with each finding when it comes, so that a run that is stopped has shown it. */
  readonly onFinding?: (finding: Finding) => void;
}

/** Runs attacks one after another in a process, which ends with the first attack that it does not survive. */
export class AttackProcess {
  #child: ChildProcess | undefined;
  #lastWords = '';

  /** @throws AttackUnavailableError */
  async run(attack: Attack, { module, tries, seed, onFinding }: RunOptions): Promise<Outcome> {
    const child = (this.#child ??= await this.#start());
    const folder = mkdtempSync(join(tmpdir(), 'sparse-encoder-attack-'));
    try {
      const outcome = this.#watch(child, attack, onFinding);
      child.send({ module, name: attack.name, tries, seed, folder } satisfies AttackRequest);
      return await outcome;
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }

  /** Kills the process and all processes that it started. */
  end(): void {
    const pid = this.#child?.pid;
    this.#child = undefined;
    if (pid === undefined) return;
    try {
      process.kill(-pid, 'SIGKILL');
    } catch {
      // All of them have ended.
    }
  }

  async #start(): Promise<ChildProcess> {
    // A detached process leads a group of processes, which can be killed together.
    const child = fork(CHILD, { execArgv: ['--import', 'tsx', '--expose-gc'], silent: true, detached: true });
    child.stdout?.resume();
    child.stderr?.on('data', (chunk: Buffer) => {
      this.#lastWords = `${this.#lastWords}${chunk.toString()}`.slice(-LAST_WORDS);
    });
    this.#lastWords = '';
    this.#child = child;
    await new Promise<void>((resolve, reject) => {
      const fail = (why: string): void => {
        this.end();
        reject(new AttackUnavailableError(`the process of attacks ${why}\n${this.#lastWords}`.trim()));
      };
      const timer = setTimeout(() => fail(`did not start in ${START_SECONDS} s`), START_SECONDS * 1_000);
      const settle = (then: () => void) => () => {
        clearTimeout(timer);
        child.removeAllListeners('message').removeAllListeners('error').removeAllListeners('close');
        then();
      };
      child.once('message', settle(resolve));
      child.once('error', (error) => settle(() => fail(`cannot start: ${error.message}`))());
      child.once('close', (code, signal) => settle(() => fail(`ended with ${signal ?? code}`))());
    });
    return child;
  }

  #watch(child: ChildProcess, attack: Attack, onFinding: RunOptions['onFinding']): Promise<Outcome> {
    const limit = memoryLimit(attack);
    const seconds = attack.seconds ?? DEFAULT_SECONDS;
    const started = performance.now();
    let idle: number | undefined;
    let [peak, index] = [0, -1];
    const findings: Finding[] = [];
    const found = (finding: Finding): void => {
      findings.push(finding);
      onFinding?.(finding);
    };
    const grown = (): number => (idle === undefined ? 0 : Math.max(0, peak - idle));
    const look = (): void => {
      if (idle !== undefined && child.pid !== undefined) peak = Math.max(peak, peakOfTree(child.pid) ?? 0);
    };
    return new Promise((resolve) => {
      const settle = (outcome: string): void => {
        clearInterval(watch);
        child.removeAllListeners('message').removeAllListeners('close');
        resolve({
          tries: index + 1,
          outcome,
          findings,
          peakMegabytes: grown() / MEGABYTE,
          seconds: (performance.now() - started) / 1_000,
        });
      };
      const kill = (outcome: string, what: string): void => {
        this.end();
        found({ index: Math.max(0, index), what });
        settle(outcome);
      };
      const killLarge = (): void => {
        const [took, allowed] = [grown(), limit].map((bytes) => `${Math.round(bytes / MEGABYTE)} MB`);
        kill('memory', `took ${took} more than the idle process; the limit is ${allowed}`);
      };
      const watch = setInterval(() => {
        look();
        if (grown() > limit) killLarge();
        else if (performance.now() - started > seconds * 1_000) {
          kill('timeout', `did not end within ${seconds} s`);
        }
      }, LOOK_EVERY_MS);
      child.once('close', (code, signal) => {
        const end = signal ?? `exit code ${code}`;
        kill(end, `ended the process with ${end}\n${this.#lastWords}`.trim());
      });
      child.on('message', (message: AttackMessage) => {
        if (message.kind === 'started') idle = message.idle;
        else if (message.kind === 'try') index = message.index;
        else if (message.kind === 'finding') found(message.finding);
        else if (message.kind === 'done') {
          look();
          peak = Math.max(peak, message.peak);
          if (grown() > limit) killLarge();
          else settle(findings.length === 0 ? HELD : `${findings.length} failed`);
        }
      });
    });
  }
}
