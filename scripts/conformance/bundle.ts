import { readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';
import type { Backend } from './backends.js';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const RUNNER = join(HERE, 'spec-runner.ts');
const SOURCE = join(HERE, '..', '..', 'src');

/** The folder with the files of tfjs-core. `tfjs` is the folder of a tfjs. Default: the repository's own. */
function distOf(tfjs: string = HERE): string {
  const { resolve: find } = createRequire(join(tfjs, 'package.json'));
  return join(dirname(find('@tensorflow/tfjs-core/package.json')), 'dist');
}

/** The test files that tfjs-core publishes, as paths inside its `dist`. */
export function listTestFiles(tfjs?: string): string[] {
  return readdirSync(distOf(tfjs), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('_test.js'))
    .map((file) => file.split(sep).join('/'))
    .toSorted();
}

/**
 * One ES module with the specs, the backend and all of tfjs. They have to share a single instance of tfjs-core, while
 * the specs import its files by relative paths and everything else by the package's name.
 */
export async function bundleSpecs(
  backend: Backend,
  files: readonly string[],
  outfile: string,
  tfjs?: string,
): Promise<void> {
  const dist = distOf(tfjs);
  await build({
    stdin: { contents: entry(files, dist), resolveDir: HERE, loader: 'ts' },
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    // The main entry of each tfjs package is a bundle, apart from the files that the specs import.
    mainFields: ['module', 'main'],
    // tfjs-core declares that its test files have no side effects.
    ignoreAnnotations: true,
    external: ['jasmine', 'jasmine-core', 'onnxruntime-node'],
    banner: {
      js: `import { createRequire as requireFor } from 'node:module'; const require = requireFor(import.meta.url);`,
    },
    plugins: [
      environment(backend),
      attribution(dist),
      bundledTfjs,
      ...(tfjs === undefined ? [] : [packagesOf(tfjs)]),
    ],
    sourcemap: 'linked',
    sourcesContent: false,
    logLevel: 'silent',
  });
}

/** Modules run in the order of their imports, and specs read the test environments when they are declared. */
function entry(files: readonly string[], dist: string): string {
  return [
    `import { runSpecs } from ${quote(RUNNER)};`,
    `import 'conformance:environment';`,
    ...files.map((file) => `import ${quote(join(dist, file))};`),
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

/** A test file's imports have run before its first statement, so everything declared after it belongs to the file. */
const attribution = (dist: string): Plugin => ({
  name: 'attribute specs to their test file',
  setup(plugin) {
    plugin.onLoad({ filter: /_test\.js$/ }, ({ path }) => {
      const file = relative(dist, path);
      if (file.startsWith('..')) return undefined;
      const name = file.split(sep).join('/');
      const enter = `import { enterTestFile } from ${quote(RUNNER)}; enterTestFile(${quote(name)});`;
      return { contents: `${enter} ${readFileSync(path, 'utf8')}`, loader: 'js' };
    });
  },
});

/** Replaces the tfjs packages that the importing file would find by those of another tfjs. */
const packagesOf = (tfjs: string): Plugin => ({
  name: 'another tfjs',
  setup(plugin) {
    plugin.onResolve({ filter: /^@tensorflow\// }, ({ path, kind, pluginData }) =>
      pluginData === tfjs ? undefined : plugin.resolve(path, { kind, resolveDir: tfjs, pluginData: tfjs }),
    );
  },
});

/** Otherwise the engine would use a user's tfjs, which is another copy. */
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
