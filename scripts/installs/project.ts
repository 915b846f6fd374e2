import { lstatSync, mkdirSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { packageRoot } from '../../src/package-root.js';
import { runToEnd } from '../programs/run-to-end.js';

const MODEL = join(packageRoot(), 'fixtures', 'models', 'splade-bert');

/** Encodes in its own thread and in a worker thread, whose file a bundler may lose. */
const ENCODE = `import { EncoderPool, SparseEncoder } from 'sparse-encoder';

export async function encode(folder) {
  const model = await SparseEncoder.load(folder);
  const one = await model.encode(['a sword']);
  await model.dispose();
  const pool = await EncoderPool.load(folder, { workers: 1 });
  const two = await pool.encode(['a sword']);
  await pool.dispose();
  return \`encoded \${one.indices.length} \${two.indices.length}\`;
}
`;
const MAIN = `import { encode } from './encode.js';
encode(${JSON.stringify(MODEL)}).then((line) => console.log(line));
`;

/** An empty project with a program that encodes a text. */
export function makeProject(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'sparse-encoder-install-'));
  const manifest = JSON.stringify({ name: 'consumer', version: '1.0.0', private: true, type: 'module' });
  const all = { 'package.json': manifest, 'encode.js': ENCODE, 'main.js': MAIN, ...files };
  for (const [name, content] of Object.entries(all)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return folder;
}

/**
 * What makes the environment of this process that of a user's shell: npm, which runs this program, sets variables of its
 * own, and the one that skips the download of onnxruntime-node would decide what is tried.
 */
export function userEnvironment(node = process.execPath): Record<string, string | undefined> {
  const others = Object.keys(process.env).filter((name) =>
    /^(npm_|INIT_CWD$|ONNXRUNTIME_NODE_INSTALL)/.test(name),
  );
  const path = `${dirname(node)}${delimiter}${process.env['PATH']}`;
  return {
    ...Object.fromEntries(others.map((name) => [name, undefined])),
    MODEL,
    PATH: path,
    NEXT_TELEMETRY_DISABLED: '1',
  };
}

/** Runs a program, or a script of Node's, and returns its output and why it failed. */
export async function runIn(
  folder: string,
  [program = '', ...args]: readonly string[],
  node = process.execPath,
): Promise<{ output: string; failure: string | undefined }> {
  const isOfNode = /\.c?js$/.test(program);
  const [command, given] = isOfNode ? [node, [program, ...args]] : [program, args];
  const options = { cwd: folder, env: userEnvironment(node), timeout: 600_000 };
  try {
    const { stdout, stderr, failure } = await runToEnd(command, given, options);
    const output = `${stdout}\n${stderr}`;
    return { output, failure: failure === undefined ? undefined : reasonIn(output) };
  } catch (error) {
    return { output: '', failure: String(error) };
  }
}

/** The line of a long log that states the problem. */
export function reasonIn(output: string): string {
  const lines = output.split('\n').map((line) => line.trim());
  const said =
    lines.find((line) => /ENOTFOUND|ERR_|Ignored build scripts/.test(line)) ??
    lines.find((line) => /\berror:/i.test(line)) ??
    lines.find((line) => /error/i.test(line)) ??
    lines.findLast((line) => line !== '');
  return (said ?? 'no message').slice(0, 200);
}

/** Whether a text was encoded, with equal results in both ways. */
export const hasEncoded = (output: string): boolean => /\bencoded ([1-9]\d*) \1\b/.test(output);

/** Size of a folder in MB, 0 if it does not exist. Files with several names, as in pnpm, count once. */
export function megabytesOf(folder: string): number {
  const seen = new Set<number>();
  const bytesOf = (path: string): number => {
    const stat = lstatSync(path, { throwIfNoEntry: false });
    if (stat === undefined || stat.isSymbolicLink() || seen.has(stat.ino)) return 0;
    seen.add(stat.ino);
    if (!stat.isDirectory()) return stat.size;
    return readdirSync(path).reduce((sum, name) => sum + bytesOf(join(path, name)), 0);
  };
  return Math.round(bytesOf(folder) / 1e6);
}
