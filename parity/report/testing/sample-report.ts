import { selectModelCells } from '../../models/plan.js';
import type { ModelFailure } from '../../models/run-models.js';
import type { Failure } from '../../run-suite.js';
import { selectCells } from '../../suite.js';
import type { SuiteReport } from '../report.js';

const [sound, broken] = selectCells(['SparseTripletLoss'], []);
if (sound === undefined || broken === undefined) throw new Error('the suite lacks SparseTripletLoss');

const nothing = { componentNames: [], tensors: new Map() };
export const failure: Failure = {
  path: 'SparseTripletLoss/SpladeLoss/triplet#tiny:3',
  judged: {
    case: {
      loss: 'SparseTripletLoss',
      wrapper: 'SpladeLoss',
      format: 'triplet',
      stratum: 'tiny',
      lossOptions: { tripletMargin: 0 },
      wrapperOptions: { documentRegularizerWeight: 1 },
      columns: [],
      labels: null,
    },
    legs: {
      float32: nothing,
      truth: nothing,
      errors: new Map(),
      conditioning: { inputScale: 1, labelScale: 0, condition: 1 },
    },
  },
  mismatch: {
    kind: 'gradient',
    tensor: 'gradient/0.x',
    message: 'x[0]: <ours> "1"\u0000',
    coordinate: [0],
    ratio: Infinity,
  },
};

const [features, encode] = selectModelCells({ models: ['csr'] });
if (features === undefined || encode === undefined) throw new Error('the suite lacks the model csr');

const modelFailure: ModelFailure = {
  path: 'model/csr/encode',
  mismatch: {
    kind: 'value',
    tensor: 'encode',
    message: 'encode[0, 1]: <ours> 2',
    coordinate: [0, 1],
    ratio: 99,
  },
};

/** A run with a failure of each kind. */
export const report: SuiteReport = {
  seed: 1,
  backend: 'cpu',
  golden: false,
  tolerance: 16,
  reference: { python: '3.11.7', torch: '2.13.0', sentenceTransformers: '6.2.0', threads: 1 },
  results: [
    {
      cell: sound,
      backend: 'cpu',
      cases: 5,
      failures: [],
      valueRatio: 0.5,
      gradientRatio: 1.25,
      seconds: 0.1,
    },
    {
      cell: broken,
      backend: 'cpu',
      cases: 4,
      failures: [failure],
      valueRatio: 0,
      gradientRatio: Infinity,
      seconds: 0.2,
    },
  ],
  training: [],
  models: [
    {
      cell: features,
      backend: 'cpu',
      cases: 1,
      failures: [],
      valueRatio: 0.75,
      gradientRatio: 0,
      seconds: 0.4,
    },
    {
      cell: encode,
      backend: 'cpu',
      cases: 1,
      failures: [modelFailure],
      valueRatio: 99,
      gradientRatio: 0,
      seconds: 0.5,
    },
  ],
  summary: { cases: 11, mismatches: 2, seconds: 0.3 },
  repeat: { program: 'npm run parity --', options: '' },
  absentModels: [],
  saved: new Map([[failure.path, 'fixtures/regressions/x.json']]),
  kills: { mutants: 70, killed: 68, equivalent: 1, survivors: ['Odd/one'] },
  modelKills: { mutants: 12, survivors: ['Odd/model'] },
  quirks: [
    { id: 'kept', still: true, seen: '' },
    { id: 'gone', still: false, seen: '' },
  ],
};
