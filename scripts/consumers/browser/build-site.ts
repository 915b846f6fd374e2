import { constants } from 'node:fs';
import { copyFile, mkdir, readdir, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { UsageError } from '../../../src/errors.js';
import { writeTextWhole } from '../../../src/files/write-file.js';
import { readExportedFolder } from '../exported-folder.js';
import type { ExportedGraph } from '../exported-graph.js';
import type { Site, SiteGraph } from './site.js';

const PAGE = fileURLToPath(new URL('./page/', import.meta.url));
const SITE = 'site.json';
/** Beside the page's own files. */
const MODEL = 'model';
const RUNTIME = 'onnxruntime';
/** What the two back ends of onnxruntime-web load. */
const RUNTIME_FILES = ['ort-wasm-simd-threaded', 'ort-wasm-simd-threaded.asyncify'].flatMap((name) => [
  `${name}.mjs`,
  `${name}.wasm`,
]);
const TOKENIZER_FILES = ['tokenizer.json', 'tokenizer_config.json'];

/**
 * Writes a page for an exported model as static files, which any server can serve: the page, the runtime and the model.
 * Replaces an earlier page.
 *
 * @throws InputError, ModelFileError for a folder that is no exported model
 * @throws UsageError where the output holds something else
 */
export async function buildSite(folder: string, output: string): Promise<void> {
  const graphs = readExportedFolder(folder);
  await requirePlace(output);
  await rm(output, { recursive: true, force: true });
  await mkdir(join(output, RUNTIME), { recursive: true });
  const runtime = dirname(
    createRequire(import.meta.url).resolve('onnxruntime-web/ort-wasm-simd-threaded.wasm'),
  );
  for (const name of RUNTIME_FILES) await copy(join(runtime, name), join(output, RUNTIME, name));
  for (const name of ['index.html', 'style.css']) await copy(join(PAGE, name), join(output, name));
  await build({
    entryPoints: ['main.ts', 'worker.ts'].map((name) => join(PAGE, name)),
    outdir: output,
    bundle: true,
    splitting: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    // Else each of the runtime's back ends brings its WebAssembly inside the script.
    conditions: ['onnxruntime-web-use-extern-wasm'],
    logLevel: 'silent',
  });
  const site: Site = {
    name: basename(folder),
    graphs: await Promise.all(graphs.map(async (graph) => await copyGraph(graph, output))),
  };
  await writeTextWhole(join(output, SITE), `${JSON.stringify(site, undefined, 2)}\n`);
}

/** Nothing is deleted but a page. */
async function requirePlace(output: string): Promise<void> {
  const held = await readdir(output).catch((error: NodeJS.ErrnoException): string[] => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  if (held.length === 0 || held.includes(SITE)) return;
  throw new UsageError(
    `${output} holds files and no ${SITE}; expected a new folder, or an earlier page, which is replaced`,
  );
}

async function copyGraph(graph: ExportedGraph, output: string): Promise<SiteGraph> {
  const { folder, file, tokenizer, task, ...facts } = graph;
  const directory = dirname(file);
  const names = (await readdir(join(folder, directory))).filter((name) => name.startsWith(basename(file)));
  const modelFiles = names.map((name) => join(directory, name));
  const tokenizerFiles = TOKENIZER_FILES.map((name) => join(tokenizer, name));
  for (const each of [...modelFiles, ...tokenizerFiles])
    await copy(join(folder, each), join(output, MODEL, each));
  const externalData = names.filter((name) => name !== basename(file));
  return {
    ...(task !== undefined && { task }),
    format: facts.format,
    inputNames: facts.inputNames,
    maxLength: facts.maxLength,
    addSpecialTokens: facts.addSpecialTokens,
    pooling: facts.pooling,
    maxActiveDims: facts.maxActiveDims,
    hasTokens: facts.hasTokens,
    model: posix.join(MODEL, file),
    externalData: externalData.map((name) => posix.join(MODEL, posix.dirname(file), name)),
    tokenizer: `${MODEL}/${tokenizer}`,
  };
}

async function copy(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  // As another name for the same blocks, where the file system can.
  await copyFile(from, to, constants.COPYFILE_FICLONE);
}
