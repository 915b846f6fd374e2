import { readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';
import type { Backend } from './backends.js';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const RUNNER = join(HERE, 'spec-runner.ts');
const SOURCE = join(HERE, '..', '..', 'src');
const { resolve: find } = createRequire(import.meta.url);
const DIST = join(dirname(find('@tensorflow/tfjs-core/package.json')), 'dist');

/** The test files that tfjs-core publishes, as paths inside its `dist`. */
export function listTestFiles(): string[] {
  return readdirSync(DIST, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('_test.js'))
    .map((file) => file.split(sep).join('/'))
    .toSorted();
}

/**
 * One ES module with the specs, the backend and all of tfjs. They have to share a single instance of tfjs-core:
 * the specs import its files by relative paths, everybody else by the package's name.
 */
export async function bundleSpecs(
  backend: Backend,
  files: readonly string[],
  outfile: string,
): Promise<void> {
  await build({
    stdin: { contents: entry(files), resolveDir: HERE, loader: 'ts' },
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    // The main entry of each of tfjs's packages is a bundle, beside the files that the specs import.
    mainFields: ['module', 'main'],
    // tfjs-core declares that its test files have no side effects.
    ignoreAnnotations: true,
    external: ['jasmine', 'jasmine-core', 'onnxruntime-node'],
    banner: {
      js: `import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);`,
    },
    plugins: [environment(backend), attribution, bundledTfjs],
    sourcemap: 'linked',
    sourcesContent: false,
    logLevel: 'silent',
  });
}

/** Modules run in the order of their imports: specs look at the test environments when they are declared. */
function entry(files: readonly string[]): string {
  return [
    `import { runSpecs } from ${quote(RUNNER)};`,
    `import 'conformance:environment';`,
    ...files.map((file) => `import ${quote(join(DIST, file))};`),
    `await runSpecs();`,
  ].join('\n');
}

function environment({ name, isDataSync, setup }: Backend): Plugin {
  const contents = [
    setup,
    // The specs compare with tfjs's own backend, and need the gradients and the chained form of every op.
    `import '@tensorflow/tfjs-backend-cpu';`,
    `import '@tensorflow/tfjs-core/dist/register_all_gradients';`,
    `import '@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops';`,
    `import { getKernelsForBackend } from '@tensorflow/tfjs-core';`,
    `import { setTestEnvs } from '@tensorflow/tfjs-core/dist/jasmine_util';`,
    `import { watchKernels } from ${quote(RUNNER)};`,
    `watchKernels(getKernelsForBackend(${quote(name)}));`,
    `setTestEnvs([${JSON.stringify({ name, backendName: name, isDataSync })}]);`,
  ].join('\n');
  return {
    name: 'test environment',
    setup(plugin) {
      plugin.onResolve({ filter: /^conformance:environment$/ }, ({ path }) => ({
        path,
        namespace: 'conformance',
      }));
      plugin.onLoad({ filter: /.*/, namespace: 'conformance' }, () => ({
        contents,
        resolveDir: HERE,
        loader: 'ts',
      }));
    },
  };
}

/** A test file's own imports have run when its first statement does, so what follows is declared by it. */
const attribution: Plugin = {
  name: 'attribute specs to their test file',
  setup(plugin) {
    plugin.onLoad({ filter: /_test\.js$/ }, ({ path }) => {
      const file = relative(DIST, path);
      if (file.startsWith('..')) return undefined;
      const name = file.split(sep).join('/');
      const enter = `import { enterTestFile } from ${quote(RUNNER)}; enterTestFile(${quote(name)});`;
      return { contents: `${enter} ${readFileSync(path, 'utf8')}`, loader: 'js' };
    });
  },
};

/** Else the engine takes the tfjs of a user, which is another copy. */
const bundledTfjs: Plugin = {
  name: 'tfjs in the bundle',
  setup(plugin) {
    plugin.onResolve({ filter: /\/tf\.js$/ }, ({ importer }) =>
      importer.startsWith(SOURCE) ? { path: join(SOURCE, 'tf.browser.ts') } : undefined,
    );
  },
};

function quote(text: string): string {
  return JSON.stringify(text);
}
