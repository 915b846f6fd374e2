import { sizeOf } from '../graph.js';
import { sessionBytes } from '../program/explain.js';
import type { Program } from '../program/program.js';
import { type OnnxEngineOptions, resolveEngineOptions, sessionOptions } from './engine-options.js';
import { Session } from './session.js';

interface Entry {
  readonly session: Promise<Session>;
  /** An estimate of its memory in bytes. */
  bytes: number;
  users: number;
  /** Whether its last user has to release it. */
  dropped: boolean;
}

/**
 * Keeps one session per key. Beyond a number of sessions or an amount of memory, it releases the least recently used
 * one.
 */
export class SessionCache {
  readonly #entries = new Map<string, Entry>();
  #options: OnnxEngineOptions = resolveEngineOptions();

  get size(): number {
    return this.#entries.size;
  }

  /** Sets the options of new sessions and releases all existing ones. */
  async configure(options: OnnxEngineOptions): Promise<void> {
    this.#options = options;
    await this.releaseAll();
  }

  /** An estimate of the memory of all sessions in bytes. */
  get bytes(): number {
    return [...this.#entries.values()].reduce((sum, { bytes }) => sum + bytes, 0);
  }

  has(key: string): boolean {
    return this.#entries.has(key);
  }

  /**
   * Runs a task with the session of a program, which is made at its first use and not released during the task.
   *
   * @param bytes an estimate of the session's memory for this task; optional for programs of fixed shapes
   */
  async use<T>(
    key: string,
    program: Program,
    task: (session: Session) => Promise<T>,
    bytes?: number,
  ): Promise<T> {
    const entry = this.#entries.get(key) ?? this.#entry(program, bytes ?? sessionBytes(program));
    entry.users++;
    entry.bytes = Math.max(entry.bytes, bytes ?? 0);
    // In the order of the map, the most recently used session comes last.
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    try {
      await this.release(this.#excess());
      return await task(await this.#created(key, entry));
    } finally {
      entry.users--;
      if (entry.dropped) await releaseIdle(entry);
    }
  }

  #entry(program: Program, bytes: number): Entry {
    const session = Session.create(
      program,
      sessionOptions({ ...this.#options, ...(isSmall(program) && { threads: 1 }) }),
    );
    // Every user awaits it, but perhaps only later.
    session.catch(() => undefined);
    return { session, bytes, users: 0, dropped: false };
  }

  /** The least recently used sessions that exceed the limits; never the last one. */
  #excess(): string[] {
    const { maxSessions, maxSessionBytes } = this.#options;
    let [count, bytes] = [this.size, this.bytes];
    return [...this.#entries].slice(0, -1).flatMap(([key, entry]) => {
      if (count <= maxSessions && bytes <= maxSessionBytes) return [];
      count--;
      bytes -= entry.bytes;
      return [key];
    });
  }

  /** A program that was refused is not kept, so the next use tries again. */
  async #created(key: string, entry: Entry): Promise<Session> {
    try {
      return await entry.session;
    } catch (error) {
      if (this.#entries.get(key) === entry) this.#entries.delete(key);
      throw error;
    }
  }

  /** Releases the sessions of these keys, each as soon as nobody uses it. */
  async release(keys: readonly string[]): Promise<void> {
    const released = keys.flatMap((key) => this.#entries.get(key) ?? []);
    for (const key of keys) this.#entries.delete(key);
    for (const entry of released) entry.dropped = true;
    await Promise.all(released.map(releaseIdle));
  }

  async releaseAll(): Promise<void> {
    await this.release([...this.#entries.keys()]);
  }
}

/** ONNX Runtime does not distribute smaller operators over threads. */
const MIN_ELEMENTS = 2 ** 14;

/** Whether threads would have nothing to do. Starting and stopping them takes longer than such a program. */
function isSmall({ fixedShapes, made, inputs }: Program): boolean {
  const tensors = [...made.values(), ...inputs.values()];
  return fixedShapes && tensors.every(({ shape }) => sizeOf(shape) < MIN_ELEMENTS);
}

async function releaseIdle({ session, users }: Entry): Promise<void> {
  if (users > 0) return;
  const [result] = await Promise.allSettled([session]);
  if (result?.status === 'fulfilled') await result.value.release();
}
