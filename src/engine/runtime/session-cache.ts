import { sizeOf } from '../graph.js';
import { sessionBytes } from '../program/explain.js';
import type { Program } from '../program/program.js';
import { type OnnxEngineOptions, resolveEngineOptions, sessionOptions } from './engine-options.js';
import { Session } from './session.js';

interface Entry {
  readonly session: Promise<Session>;
  /** An estimate of its memory. */
  bytes: number;
  users: number;
  /** Whether its last user releases it. */
  dropped: boolean;
}

/** One session a key. Beyond a number or memory of them the one that was not used for the longest time is released. */
export class SessionCache {
  readonly #entries = new Map<string, Entry>();
  #options: OnnxEngineOptions = resolveEngineOptions();

  get size(): number {
    return this.#entries.size;
  }

  /** Sessions from now on are made with these options; those that exist are released. */
  async configure(options: OnnxEngineOptions): Promise<void> {
    this.#options = options;
    await this.releaseAll();
  }

  /** An estimate of the memory of all sessions. */
  get bytes(): number {
    return [...this.#entries.values()].reduce((sum, { bytes }) => sum + bytes, 0);
  }

  has(key: string): boolean {
    return this.#entries.has(key);
  }

  /**
   * Does something with the session of a program, which is made at its first use. It is not released meanwhile.
   *
   * @param bytes that it needs for this, by an estimate; of a program of fixed shapes they can be left out
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
    // The last in the order of the map is the one used last.
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
    // Every user waits for it, but perhaps not at once.
    session.catch(() => undefined);
    return { session, bytes, users: 0, dropped: false };
  }

  /** Those that were not used for the longest time, as many as are too many; not the last one. */
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

  /** A program that was refused is not kept: the next use tries again. */
  async #created(key: string, entry: Entry): Promise<Session> {
    try {
      return await entry.session;
    } catch (error) {
      if (this.#entries.get(key) === entry) this.#entries.delete(key);
      throw error;
    }
  }

  /** Lets go of the sessions of these keys, of each as soon as nobody uses it. */
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

/** An operator over fewer elements is not shared out to threads. */
const MIN_ELEMENTS = 2 ** 14;

/** Whether threads have nothing to do. To start and stop them takes longer than such a program. */
function isSmall({ fixedShapes, made, inputs }: Program): boolean {
  const tensors = [...made.values(), ...inputs.values()];
  return fixedShapes && tensors.every(({ shape }) => sizeOf(shape) < MIN_ELEMENTS);
}

async function releaseIdle({ session, users }: Entry): Promise<void> {
  if (users > 0) return;
  const [result] = await Promise.allSettled([session]);
  if (result?.status === 'fulfilled') await result.value.release();
}
