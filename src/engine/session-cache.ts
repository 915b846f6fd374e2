import { type OnnxEngineOptions, resolveEngineOptions, sessionOptions } from './engine-options.js';
import type { Program } from './lower.js';
import { Session } from './session.js';

/** One session a key. Beyond a number of them the one that was not used for the longest time is released. */
export class SessionCache {
  private readonly sessions = new Map<string, Promise<Session>>();
  private options: OnnxEngineOptions = resolveEngineOptions();

  get size(): number {
    return this.sessions.size;
  }

  /** Sessions from now on are made with these options; those that exist are released. */
  async configure(options: OnnxEngineOptions): Promise<void> {
    this.options = options;
    await this.release([...this.sessions.keys()]);
  }

  /** The session of a program, made at its first use. */
  async session(key: string, program: Program): Promise<Session> {
    let session = this.sessions.get(key);
    if (session === undefined) {
      session = Session.create(program, sessionOptions(this.options));
      // A refused program is nothing to release later.
      session.catch(() => this.sessions.delete(key));
    }
    // The last in the order of the map is the one used last.
    this.sessions.delete(key);
    this.sessions.set(key, session);
    const [...keys] = this.sessions.keys();
    await this.release(keys.slice(0, Math.max(0, keys.length - this.options.maxSessions)));
    return session;
  }

  /** Lets go of the sessions of these keys, of each as soon as no run needs it. */
  async release(keys: readonly string[]): Promise<void> {
    const released = keys.flatMap((key) => this.sessions.get(key) ?? []);
    for (const key of keys) this.sessions.delete(key);
    for (const result of await Promise.allSettled(released)) {
      if (result.status === 'fulfilled') await result.value.release();
    }
  }
}
