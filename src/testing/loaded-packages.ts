import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

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
  const args = ['--import', 'tsx', '--input-type=module', '-e', program];
  return JSON.parse(execFileSync(process.execPath, args, { cwd, encoding: 'utf8' }));
}

/** The large packages that the import of a module loads; a file of ours by its path in src. */
export function loadedBy(module: string): unknown {
  const name = module.endsWith('.ts') ? new URL(`../${module}`, import.meta.url).href : module;
  return printedWithLoaded(`await import(${JSON.stringify(name)}); console.log(JSON.stringify(loaded()));`);
}
