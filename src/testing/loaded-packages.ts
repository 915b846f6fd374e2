import { execFileSync } from 'node:child_process';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { builtProgram } from './built-programs.js';

/** CommonJS packages that are large, or have native parts. */
const LARGE = ['@tensorflow/tfjs', 'onnxruntime-node', 'tokenizers', 'pythonia', 'cli-progress'];

/**
 * Runs code in a process of its own, with a function `loaded()` that names the large packages that were loaded so far.
 *
 * @returns the JSON that it prints
 */
export function printedWithLoaded(code: string): unknown {
  const program = `import { createRequire } from 'node:module';
    const loaded = () => {
      const files = Object.keys(createRequire(process.cwd() + '/').cache);
      return ${JSON.stringify(LARGE)}.filter((name) => files.some((file) => file.includes('/node_modules/' + name + '/')));
    };
    ${code}`;
  const cwd = fileURLToPath(new URL('../..', import.meta.url));
  const args = ['--input-type=module', '-e', program];
  return JSON.parse(execFileSync(process.execPath, args, { cwd, encoding: 'utf8' }));
}

/** The large packages that the import of a module loads; an entry of ours by its path from the root. */
export function loadedBy(module: string): unknown {
  const name = module.endsWith('.ts') ? builtHref(module) : module;
  return printedWithLoaded(`await import(${JSON.stringify(name)}); console.log(JSON.stringify(loaded()));`);
}

/** What is built of an entry of the package, as an address. */
export const builtHref = (entry: string): string =>
  pathToFileURL(builtProgram(entry.replace(/\.ts$/, ''))).href;
