import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { installTool } from '../programs/install-tool.js';
import { MANAGERS, type Manager } from './managers.js';
import { hasEncoded, makeProject, megabytesOf, reasonIn, runIn } from './project.js';
import { type Absent, NOTHING, type Outcome, type Row } from './trial.js';

/** Installs the tarball in an empty project, without settings and as documented, and encodes a text there. */
export async function tryManager(name: string, tarball: string): Promise<Row | Absent> {
  const manager = MANAGERS[name] as Manager;
  const tool = await installTool(manager.tool, manager.version);
  if ('reason' in tool) return { name, reason: tool.reason };
  const node = manager.node === undefined ? undefined : await installTool('node', manager.node);
  if (node !== undefined && 'reason' in node) return { name, reason: node.reason };
  const command = join(tool.folder, manager.program);
  const executable = node === undefined ? process.execPath : join(node.folder, 'bin', 'node');
  const { setting, isPlainFine, version } = manager;
  const attempt = (files: Readonly<Record<string, string>> = {}): Promise<Outcome> =>
    installAndEncode({ manager, command, executable, tarball, files });
  const plain = await attempt();
  const documented = setting === NOTHING ? undefined : await attempt(setting.files);
  return { name, version, setting: setting.shown, isPlainFine, plain, documented };
}

interface Attempt {
  readonly manager: Manager;
  readonly command: string;
  readonly executable: string;
  readonly tarball: string;
  readonly files: Readonly<Record<string, string>>;
}

async function installAndEncode({ manager, command, executable, tarball, files }: Attempt): Promise<Outcome> {
  const folder = makeProject({ ...manager.files, ...files });
  try {
    const packages = [`sparse-encoder@file:${tarball}`, '@tensorflow/tfjs'];
    const begin = performance.now();
    const installed = await runIn(folder, [command, ...manager.install, ...packages], executable);
    const seconds = (performance.now() - begin) / 1000;
    const run = manager.encode === undefined ? ['main.js'] : [command, ...manager.encode, 'main.js'];
    const encoded = installed.failure === undefined ? await runIn(folder, run, executable) : undefined;
    const failure =
      encoded === undefined || hasEncoded(encoded.output)
        ? installed.failure
        : `encodes nothing: ${reasonIn(encoded.output)}`;
    // Plug'n'Play has no node_modules.
    const modules = join(folder, 'node_modules');
    const packagesFolder = existsSync(modules) ? modules : join(folder, '.yarn');
    return { failure, seconds, megabytes: megabytesOf(packagesFolder) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
