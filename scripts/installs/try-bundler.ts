import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { lastLine } from '../programs/install-tool.js';
import { BUNDLERS, type Bundler } from './bundlers.js';
import { hasEncoded, makeProject, megabytesOf, reasonIn, runIn, userEnvironment } from './project.js';
import { type Absent, NOTHING, type Outcome, type Row, type Setting } from './trial.js';

/** Builds a program that encodes, without setting and as documented, and runs the result. */
export async function tryBundler(name: string, tarball: string): Promise<Row | Absent> {
  const bundler = BUNDLERS[name] as Bundler;
  const { packages, setting, isPlainFine } = bundler;
  const folder = makeProject({ '.npmrc': 'onnxruntime-node-install=skip\n', ...bundler.files });
  try {
    const install = ['install', tarball, '@tensorflow/tfjs', ...packages, '--no-audit', '--no-fund'];
    const { failure } = await runIn(folder, ['npm', ...install]);
    if (failure !== undefined) return { name, reason: failure };
    const plain = await bundle(folder, bundler, {});
    const documented = setting === NOTHING ? undefined : await bundle(folder, bundler, setting);
    const version = packages[0]?.split('@').at(-1) ?? '';
    return { name, version, setting: setting.shown, isPlainFine, plain, documented };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function bundle(
  folder: string,
  { build, start, route, output }: Bundler,
  { files = {}, args = [] }: Partial<Setting>,
): Promise<Outcome> {
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  rmSync(join(folder, output), { recursive: true, force: true });
  const begin = performance.now();
  const built = await runIn(folder, [...build, ...args]);
  const seconds = (performance.now() - begin) / 1000;
  const megabytes = megabytesOf(join(folder, output));
  if (built.failure !== undefined) return { failure: built.failure, seconds, megabytes };
  const answer =
    route === undefined ? (await runIn(folder, start)).output : await answerOf(folder, start, route);
  return {
    failure: hasEncoded(answer) ? undefined : `encodes nothing: ${reasonIn(answer)}`,
    seconds,
    megabytes,
  };
}

/** The answer of a server, or why there is none. */
async function answerOf(folder: string, command: readonly string[], route: string): Promise<string> {
  const server = spawn(process.execPath, command, {
    cwd: folder,
    env: { ...process.env, ...userEnvironment() },
  });
  const end = (): void => void server.kill();
  process.once('exit', end);
  try {
    const response = await fetch(`${await addressOf(server)}${route}`, {
      signal: AbortSignal.timeout(60_000),
    });
    return await response.text();
  } catch (error) {
    return String(error);
  } finally {
    process.off('exit', end);
    const ended = once(server, 'exit');
    if (server.exitCode === null && server.kill()) await ended;
  }
}

/** The address that a server prints when it listens. */
async function addressOf(server: ChildProcess): Promise<string> {
  let text = '';
  return await new Promise((resolve, reject) => {
    const hear = (chunk: Buffer): void => {
      text += chunk.toString();
      const [address] = /http:\/\/localhost:\d+/.exec(text) ?? [];
      if (address !== undefined) resolve(address);
    };
    server.stdout?.on('data', hear);
    server.stderr?.on('data', hear);
    server.once('error', reject);
    server.once('exit', () => reject(new Error(`the server ended: ${lastLine(text)}`)));
  });
}
