import { constants, existsSync, readdirSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join, posix, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { textWriter } from '../../../src/encoder/save.js';
import { InputError } from '../../../src/errors.js';
import type { FolderSort } from '../../../src/files/folder/replaceable.js';
import { type FileWriter, writeFolder } from '../../../src/files/folder/write-folder.js';
import { writeFileWhole } from '../../../src/files/write-file.js';
import { readExportedFolder } from '../exported-folder.js';
import type { ExportedGraph } from '../exported-graph.js';
import type { Site, SiteGraph } from './site.js';

const PAGE = fileURLToPath(new URL('./page/', import.meta.url));
const SITE = 'site.json';
/** The folder of the model, next to the page's own files. */
const MODEL = 'model';
const RUNTIME = 'onnxruntime';
/** The files that the two back ends of onnxruntime-web load. */
const RUNTIME_FILES = ['ort-wasm-simd-threaded', 'ort-wasm-simd-threaded.asyncify'].flatMap((name) => [
  `${name}.mjs`,
  `${name}.wasm`,
]);
const TOKENIZER_FILES = ['tokenizer.json', 'tokenizer_config.json'];

/** The contents of an earlier page: names of scripts change with their contents. */
const PAGE_FOLDER: FolderSort = {
  name: 'a page for a model',
  mark: SITE,
  mayHave: (path) =>
    [SITE, 'index.html', 'style.css'].includes(path) ||
    path.startsWith(`${RUNTIME}/`) ||
    path.startsWith(`${MODEL}/`) ||
    /^[\w.-]+\.js$/.test(path),
};

/**
 * Writes a page for an exported model as static files that any server can serve: the page, the runtime and the model.
 * Replaces an earlier page, which stays if anything fails; see `writeFolder`.
 *
 * @throws InputError, ModelFileError if the folder is not an exported model
 * @throws UsageError if the output folder has other contents
 */
export async function buildSite(folder: string, output: string): Promise<void> {
  const graphs = readExportedFolder(folder);
  const runtime = dirname(
    createRequire(import.meta.url).resolve('onnxruntime-web/ort-wasm-simd-threaded.wasm'),
  );
  // Graphs may share a tokenizer.
  const modelFiles = new Set(graphs.flatMap((graph) => [...modelFilesOf(graph), ...tokenizerFilesOf(graph)]));
  const site: Site = { name: basename(folder), graphs: graphs.map(siteGraph) };
  const writers = [
    ...RUNTIME_FILES.map((name) => copyWriter(join(runtime, name), `${RUNTIME}/${name}`)),
    ...['index.html', 'style.css'].map((name) => copyWriter(join(PAGE, name), name)),
    ...(await scriptWriters()),
    ...[...modelFiles].map((file) => copyWriter(join(folder, file), `${MODEL}/${file}`)),
    textWriter(SITE, `${JSON.stringify(site, undefined, 2)}\n`),
  ];
  await writeFolder(output, writers, { overwrite: true, sort: PAGE_FOLDER });
}

async function scriptWriters(): Promise<FileWriter[]> {
  const { outputFiles } = await build({
    entryPoints: ['main.ts', 'worker.ts'].map((name) => join(PAGE, name)),
    outdir: PAGE,
    write: false,
    bundle: true,
    splitting: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    // Otherwise each of the runtime's back ends includes its WebAssembly in the script.
    conditions: ['onnxruntime-web-use-extern-wasm'],
    logLevel: 'silent',
  });
  return outputFiles.map(({ path, contents }) => ({
    path: relative(PAGE, path),
    write: (to) => writeFileWhole(to, [contents]),
  }));
}

/** The graph, and the files with its weights. */
function modelFilesOf({ folder, file }: ExportedGraph): string[] {
  const directory = posix.dirname(file);
  const names = readdirSync(join(folder, directory)).filter((name) => name.startsWith(posix.basename(file)));
  return names.map((name) => posix.join(directory, name));
}

/** @throws InputError if one is missing */
function tokenizerFilesOf({ folder, tokenizer }: ExportedGraph): string[] {
  const files = TOKENIZER_FILES.map((name) => `${tokenizer}${name}`);
  const missing = files.find((file) => !existsSync(join(folder, file)));
  if (missing === undefined) return files;
  throw new InputError(`${folder} holds no ${missing}; expected it, as the page reads texts with it`);
}

function siteGraph(graph: ExportedGraph): SiteGraph {
  const { file, tokenizer, task, format, inputNames, maxLength, addSpecialTokens } = graph;
  const { pooling, maxActiveDims, hasTokens } = graph;
  const externalData = modelFilesOf(graph).filter((each) => each !== file);
  return {
    ...(task !== undefined && { task }),
    format,
    inputNames,
    maxLength,
    addSpecialTokens,
    pooling,
    maxActiveDims,
    hasTokens,
    model: `${MODEL}/${file}`,
    externalData: externalData.map((each) => `${MODEL}/${each}`),
    tokenizer: `${MODEL}/${tokenizer}`,
  };
}

function copyWriter(from: string, path: string): FileWriter {
  // As another name for the same blocks, if the file system supports that.
  return { path, write: (to) => copyFile(from, to, constants.COPYFILE_FICLONE) };
}
