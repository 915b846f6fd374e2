// @module-tag slow
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createContext, runInContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { findChromium, launchChromium } from './consumers/chromium.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const consumer = mkdtempSync(join(tmpdir(), 'sparse-encoder-consumer-'));

const Packed = z.tuple([
  z.object({ filename: z.string(), size: z.number(), files: z.array(z.object({ path: z.string() })) }),
]);

function run(program: string, args: string[], cwd: string = consumer): string {
  const { status, stdout, stderr, error } = spawnSync(program, args, { cwd, encoding: 'utf8' });
  if (status !== 0) {
    throw new Error(`${program} ${args.join(' ')} failed: ${error?.message ?? ''}\n${stdout}\n${stderr}`);
  }
  return stdout;
}

function npm(args: string[], cwd: string): string {
  return run('npm', [...args, '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'], cwd);
}

/** Packs a folder of the checkout; its tarball is left in the consumer's folder. */
function pack(folder: string): { tarball: string; files: string[]; size: number } {
  const output = `\n${npm(['pack', folder, '--json', '--pack-destination', consumer], root)}`;
  // The output of `prepack`, the build, precedes the JSON.
  const [{ filename, files: packed, size }] = Packed.parse(
    JSON.parse(output.slice(output.lastIndexOf('\n[\n'))),
  );
  return { tarball: `./${filename}`, files: packed.map(({ path }) => path), size };
}

/** Programs of a page: each leaves its answer in `answer`. */
const PAGES = [
  [
    'losses',
    `import * as tf from '@tensorflow/tfjs';
     import { SparseTripletLoss } from 'sparse-encoder/losses';
     const loss = new SparseTripletLoss({ forward: (features) => features });
     const columns = [[[1, 0]], [[1, 0]], [[0, 1]]].map((rows) => tf.tensor2d(rows));
     globalThis.answer = tf.setBackend('cpu').then(() => loss.computeLossFromEmbeddings(columns).dataSync()[0]);`,
    5 - Math.SQRT2,
  ],
  [
    'sparse',
    `import { SparseIndex, sparseFromRows } from 'sparse-encoder/sparse';
     const documents = sparseFromRows([[[1, 2]], [[0, 1], [1, 3]]], 2);
     const [{ documents: found }] = SparseIndex.fromMatrix(documents).search(sparseFromRows([[[1, 1]]], 2), 1);
     globalThis.answer = found[0];`,
    1,
  ],
  [
    'training',
    `import { seededRandom } from 'sparse-encoder/training';
     globalThis.answer = seededRandom(1).below(1);`,
    0,
  ],
] as const;

/** The program of a page and all that it imports in one file, which is returned. */
function bundleForBrowsers(name: string, program: string): string {
  writeFileSync(join(consumer, `${name}-page.js`), program);
  const esbuild = join(root, 'node_modules', 'esbuild', 'bin', 'esbuild');
  const options = ['--bundle', '--platform=browser', '--format=iife', '--log-level=error'];
  run(esbuild, [`${name}-page.js`, ...options, `--outfile=${name}-bundled.js`]);
  return join(consumer, `${name}-bundled.js`);
}

let files: string[] = [];
let size = 0;
let fixtures = '';

beforeAll(() => {
  const main = pack('.');
  ({ files, size } = main);
  fixtures = pack('./fixtures').tarball;
  writeFileSync(join(consumer, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
  npm(['install', main.tarball, '--ignore-scripts'], consumer);
}, 120_000);

afterAll(() => rmSync(consumer, { recursive: true, force: true }));

describe('what is packed', () => {
  test.each([
    'LICENSE',
    'README.md',
    'dist/src/index.js',
    'dist/src/index.d.ts',
    'dist/parity/index.js',
    'dist/parity/main.js',
    'src/python/requirements.in',
    'src/python/requirements.txt',
    'src/python/requirements-cpu.txt',
    'src/python/requirements-cuda.txt',
  ])('%s is', (path) => {
    expect(files).toContain(path);
  });

  test('the Python modules are', () => {
    const modules = files.filter((path) => path.endsWith('.py'));
    expect(modules).toEqual(
      expect.arrayContaining(['parity/reference/cases.py', 'src/python/worker/worker.py']),
    );
  });

  test('recorded cases and models are not, so that it stays small', () => {
    expect(files.filter((path) => path.startsWith('fixtures'))).toEqual([]);
    // The smallest model that might slip in has 2.5 MiB.
    expect(size).toBeLessThan(1_500_000);
  });

  test('tests, TypeScript sources and scripts are not', () => {
    const unwanted = files.filter(
      (path) =>
        /\.test\.|__pycache__|^scripts|^src\/(?!python\/)/.test(path) ||
        (path.endsWith('.ts') && !path.endsWith('.d.ts')),
    );
    expect(unwanted).toEqual([]);
  });
});

// Windows runs programs by the names of their files.
test.runIf(process.platform !== 'win32').each(['dist/src/cli/main.js', 'dist/parity/main.js'])(
  'the checkout that was built can run %s',
  (path) => {
    expect(run(join(root, path), ['--help'])).toMatch(/^Usage: sparse-encoder/);
  },
);

describe('an installed package', () => {
  test.each([
    ['@tensorflow/tfjs-core', 1],
    ['@tensorflow/tfjs-node-gpu', 0],
    ['fast-check', 0],
    ['pythonia', 0],
    ['ws', 0],
  ])('brings %s %i times', (name, times) => {
    const folders = npm(['ls', name, '--all', '--parseable'], consumer).trim().split('\n');
    expect(folders.filter((folder) => folder.endsWith(join('node_modules', name)))).toHaveLength(times);
  });

  test('computes a loss in plain Node', () => {
    writeFileSync(
      join(consumer, 'loss.js'),
      `import * as tf from '@tensorflow/tfjs';
       import { SparseMarginMSELoss } from 'sparse-encoder';
       await tf.setBackend('cpu');
       const loss = new SparseMarginMSELoss({ forward: (features) => features });
       const columns = [[[1, 0]], [[1, 0]], [[0, 1]]].map((rows) => tf.tensor2d(rows));
       const value = loss.computeLossFromEmbeddings(columns, tf.tensor1d([3]));
       console.log(value.dataSync()[0]);`,
    );
    // The margin is 1 - 0, the teacher's is 3: (1 - 3)^2.
    expect(Number(run(process.execPath, ['loss.js']).trim().split('\n').at(-1))).toBe(4);
  });

  test('compiles and runs on ONNX Runtime, though no install script ran', () => {
    writeFileSync(
      join(consumer, 'engine.js'),
      `import * as tf from '@tensorflow/tfjs';
       import { compile, setEngine, SparseMarginMSELoss } from 'sparse-encoder';
       await setEngine('onnx', { threads: 1 });
       const loss = new SparseMarginMSELoss({ forward: (features) => features });
       const columns = [[[1, 0]], [[1, 0]], [[0, 1]]].map((rows) => tf.tensor2d(rows));
       const step = compile(
         (...all) => tf.valueAndGrads((...each) => loss.computeLossFromEmbeddings(each, tf.tensor1d([3])))(all),
         { name: 'step' },
       );
       const { value, grads } = await step(...columns);
       console.log(JSON.stringify([[...(await value.data())], [...(await grads[1].data())]]));`,
    );
    // d (1 - 0 - 3)^2 / d positive = 2 (-2) query
    expect(JSON.parse(run(process.execPath, ['engine.js']).trim().split('\n').at(-1) ?? '')).toEqual([
      [4],
      [-4, 0],
    ]);
  });

  test('says what the parity harness needs, and runs it where that is installed', () => {
    const parity = join('node_modules', 'sparse-encoder', 'dist', 'parity', 'main.js');
    const recorded = [parity, '--golden', '--losses', 'FlopsLoss'];
    const missing = (): string[] => {
      const { status, stderr } = spawnSync(process.execPath, recorded, { cwd: consumer, encoding: 'utf8' });
      expect(status).toBe(3);
      return /npm install --save-dev (.*) \(Cannot find module '([^/']*)/.exec(stderr)?.slice(1) ?? [];
    };
    const [packages = '', first] = missing();
    expect(first).toBe('fast-check');
    const others = packages.split(' ').filter((name) => !name.startsWith('sparse-encoder-fixtures@'));
    npm(['install', ...others, '--ignore-scripts'], consumer);

    const script = `console.log(Object.keys(await import('sparse-encoder/parity')).length)`;
    expect(Number(run(process.execPath, ['--input-type=module', '-e', script]))).toBeGreaterThan(0);
    expect(run(process.execPath, [parity, '--list'])).toContain('FlopsLoss');
    expect(missing()).toEqual([packages, 'sparse-encoder-fixtures']);

    npm(['install', fixtures, '--ignore-scripts'], consumer);
    expect(run(process.execPath, recorded)).toMatch(/^\d+ cases, 0 mismatches/m);
  });

  test('encodes, in worker threads too, in a program that esbuild bundles around it', () => {
    const model = JSON.stringify(join(root, 'fixtures', 'models', 'splade-bert'));
    writeFileSync(
      join(consumer, 'encode.js'),
      `import { EncoderPool } from 'sparse-encoder';
       const pool = await EncoderPool.load(${model}, { workers: 1 });
       console.log((await pool.encode(['a sword'])).rows);
       await pool.dispose();`,
    );
    const esbuild = join(root, 'node_modules', 'esbuild', 'bin', 'esbuild');
    const options = ['--bundle', '--platform=node', '--format=esm', '--external:sparse-encoder'];
    run(esbuild, ['encode.js', ...options, '--outfile=bundled.js', '--log-level=error']);
    expect(run(process.execPath, ['bundled.js']).trim()).toBe('1');
  });

  test.each(PAGES)('%s run in a browser: a bundle needs nothing of Node', async (name, program, answer) => {
    // A context has the language without Node; everything else that browsers have is passed in.
    const web = {
      console,
      performance,
      TextEncoder,
      TextDecoder,
      setTimeout,
      clearTimeout,
      navigator: {},
      // tfjs looks for WebGL.
      document: { createElement: () => ({ getContext: () => null, addEventListener: () => undefined }) },
    };
    const page = createContext({ ...web, window: { document: web.document }, self: {} }) as {
      answer?: unknown;
    };
    runInContext(readFileSync(bundleForBrowsers(name, program), 'utf8'), page);
    expect(await page.answer).toBeCloseTo(answer, 5);
  });

  test('in Chromium, too', async ({ skip }) => {
    if (findChromium() === undefined) {
      console.warn('no Chromium is on the PATH: the bundles are not tried in it');
      skip();
    }
    const browser = await launchChromium(undefined);
    try {
      for (const [name, program, answer] of PAGES) {
        const page = await browser.newPage();
        const failures: string[] = [];
        page.on('pageerror', ({ message }) => failures.push(message));
        await page.addScriptTag({ path: bundleForBrowsers(name, program) });
        expect(await page.evaluate('answer'), name).toBeCloseTo(answer, 5);
        expect(failures, name).toEqual([]);
      }
    } finally {
      await browser.close();
    }
  });

  test('types compile in a strict NodeNext project', () => {
    writeFileSync(
      join(consumer, 'typed.ts'),
      `import * as tf from '@tensorflow/tfjs';
       import { SpladeLoss, SparseMarginMSELoss, type EmbeddingModel } from 'sparse-encoder';
       import * as parity from 'sparse-encoder/parity';
       const model: EmbeddingModel = { forward: (features) => features };
       const loss = new SpladeLoss(model, {
         loss: new SparseMarginMSELoss(model), documentRegularizerWeight: 3e-5, queryRegularizerWeight: 5e-5,
       });
       export const value: tf.Scalar | Record<string, tf.Scalar> = loss.forward([{ sentenceEmbedding: tf.zeros([1, 2]) }]);
       export const names: string[] = Object.keys(parity);
       // @ts-expect-error a model is an object with forward, so the declarations are not \`any\`
       new SparseMarginMSELoss(3);`,
    );
    writeFileSync(
      join(consumer, 'tsconfig.json'),
      JSON.stringify({
        compilerOptions: {
          strict: true,
          module: 'NodeNext',
          target: 'ES2022',
          skipLibCheck: true,
          noEmit: true,
          types: [],
        },
        files: ['typed.ts'],
      }),
    );
    expect(run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', consumer])).toBe('');
  });

  test('installs a command with help', () => {
    expect(run(join(consumer, 'node_modules/.bin/sparse-encoder-parity'), ['--help'])).toMatch(/^Usage:/m);
  });
});
