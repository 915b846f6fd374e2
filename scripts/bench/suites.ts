import { fileURLToPath } from 'node:url';
import { cachedRows } from './cached/spec.js';
import { encodeRows } from './encode/spec.js';
import { exportRows } from './export/spec.js';
import { lossRows } from './losses/cases.js';
import { fileRows } from './onnx-file/spec.js';
import { searchRows } from './search/spec.js';
import { stepRows } from './step/spec.js';
import { trainRows } from './train/spec.js';

export interface SuiteRow {
  name: string;
  /** Passed to both workers unchanged. */
  spec: unknown;
}

export interface Suite {
  summary: string;
  /** The number of threads that our side can use. By default both sides get at most that many. */
  maxThreads: number;
  rows(quick: boolean): SuiteRow[];
  /** The worker programs, run by tsx and by Python. */
  ours: string;
  reference: string;
}

const file = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export const SUITES = {
  losses: {
    summary: 'value and gradient of each main loss from SPLADE-like embeddings of 30,522 dimensions',
    maxThreads: Number.POSITIVE_INFINITY,
    rows: lossRows,
    ours: file('./losses/ours.ts'),
    reference: file('./losses/reference.py'),
  },
  step: {
    summary: 'a training step of a SPLADE model of the size of MiniLM-L6: forward, backward and AdamW',
    maxThreads: Number.POSITIVE_INFINITY,
    rows: stepRows,
    ours: file('./step/ours.ts'),
    reference: file('./step/reference.py'),
  },
  train: {
    summary: 'the trainers of both on real texts of mixed length: four steps of a SPLADE model of MiniLM-L6',
    maxThreads: Number.POSITIVE_INFINITY,
    rows: trainRows,
    ours: file('./train/ours.ts'),
    reference: file('./train/reference.py'),
  },
  cached: {
    summary:
      'CachedSpladeLoss of a small model, its first call and later ones, for batches of 4 to 32 mini-batches',
    maxThreads: Number.POSITIVE_INFINITY,
    rows: cachedRows,
    ours: file('./cached/ours.ts'),
    reference: file('./cached/reference.py'),
  },
  encode: {
    summary:
      'real texts to sparse embeddings with a model of the size of MiniLM-L6, and the first one from a cold start',
    maxThreads: Number.POSITIVE_INFINITY,
    rows: encodeRows,
    ours: file('./encode/ours.ts'),
    reference: file('./encode/reference.py'),
  },
  'onnx-file': {
    summary: 'writing and reading a model file of 2,700 nodes and 516 MB of weights',
    maxThreads: 1,
    rows: fileRows,
    ours: file('./onnx-file/ours.ts'),
    reference: file('./onnx-file/reference.py'),
  },
  export: {
    summary: 'an exported graph, beside one that makes all logits and pools them as torch.onnx writes it',
    maxThreads: Number.POSITIVE_INFINITY,
    rows: exportRows,
    ours: file('./export/ours.ts'),
    reference: file('./export/reference.py'),
  },
  search: {
    summary: 'exact search of 100 queries in a million sparse documents of 30,522 dimensions, beside SciPy',
    maxThreads: 1,
    rows: searchRows,
    ours: file('./search/ours.ts'),
    reference: file('./search/reference.py'),
  },
} as const satisfies Record<string, Suite>;
