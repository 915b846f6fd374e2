import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { z } from 'zod';
import { type JudgedCase, loadCase, storeCase } from './case-file.js';
import { fixturesFolder } from './fixtures.js';
import { CaseFileError } from './stored-legs.js';
import { type Cell, cellName } from './suite.js';

export const versionsSchema = z.strictObject({
  python: z.string(),
  torch: z.string(),
  sentenceTransformers: z.string(),
  threads: z.int(),
});

export type ReferenceVersions = z.infer<typeof versionsSchema>;

/** A recorded case keeps its planned path. */
export interface GoldenCase extends JudgedCase {
  readonly path: string;
}

export interface Golden {
  readonly reference: ReferenceVersions;
  readonly cases: readonly GoldenCase[];
}

const fileSchema = z.strictObject({
  reference: versionsSchema,
  cases: z.array(z.strictObject({ path: z.string(), judged: z.unknown() })),
});

export function goldenFolder(): string {
  return join(fixturesFolder(), 'golden');
}

/** The cases recorded from the reference. Throws a CaseFileError if a file is damaged or missing. */
export function loadGolden(folder = goldenFolder()): Golden {
  const files = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.json.gz')) : [];
  const [first, ...rest] = files.toSorted().map((name) => loadFile(join(folder, name)));
  if (first === undefined) {
    throw new CaseFileError(`${folder} holds no recorded cases; npm run record-golden makes them`);
  }
  return { reference: first.reference, cases: [first, ...rest].flatMap(({ cases }) => cases) };
}

function loadFile(path: string): Golden {
  const parsed = fileSchema.safeParse(parseGzip(path));
  if (!parsed.success) {
    throw new CaseFileError(`${path} holds no recorded cases:\n${z.prettifyError(parsed.error)}`);
  }
  const { reference, cases } = parsed.data;
  return {
    reference,
    cases: cases.map((one) => ({ path: one.path, ...loadCase(one.judged, `${path}, ${one.path}`) })),
  };
}

function parseGzip(path: string): unknown {
  try {
    return JSON.parse(gunzipSync(readFileSync(path)).toString('utf8'));
  } catch (error) {
    throw new CaseFileError(
      `${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

/** Writes one file per loss. A file is complete or does not exist. */
export function writeGolden(golden: Golden, folder = goldenFolder()): void {
  mkdirSync(folder, { recursive: true });
  for (const loss of new Set(golden.cases.map((one) => one.case.loss))) {
    const cases = golden.cases.filter((one) => one.case.loss === loss);
    const file = {
      reference: golden.reference,
      cases: cases.map(({ path, ...judged }) => ({ path, judged: storeCase(judged) })),
    };
    const path = join(folder, `${loss}.json.gz`);
    writeFileSync(`${path}.part`, gzipSync(JSON.stringify(file), { level: 9 }));
    renameSync(`${path}.part`, path);
  }
}

/** The recorded cases of a cell. */
export function goldenOf(golden: Golden, cell: Cell): GoldenCase[] {
  const prefix = `${cellName(cell)}#`;
  return golden.cases.filter(({ path }) => path.startsWith(prefix));
}
