import { execFileSync } from 'node:child_process';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { builtProgram } from './built-programs.js';

/** CommonJS packages that are large or have native parts. */
const LARGE = ['@tensorflow/tfjs', 'onnxruntime-node', 'tokenizers', 'pythonia'];

/**
 * Runs code in its own process, with a function `loaded()` that names the large packages loaded so far.
 *
 * @returns the value of the JSON that the code prints
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

/** The large packages that importing a module loads. An entry of ours is named by its path from the root. */
export function loadedBy(module: string): unknown {
  const name = module.endsWith('.ts') ? builtHref(module) : module;
  return printedWithLoaded(`await import(${JSON.stringify(name)}); console.log(JSON.stringify(loaded()));`);
}

/** The address of the JavaScript that is built from an entry of the package. */
export const builtHref = (entry: string): string =>
  pathToFileURL(builtProgram(entry.replace(/\.ts$/, ''))).href;
