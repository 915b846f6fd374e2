import { selectModelCells } from '../../models/plan.js';
import type { ModelFailure } from '../../models/run-models.js';
import type { Failure } from '../../run-suite.js';
import { type Cell, cellName, selectCells } from '../../suite.js';
import { StatisticsCollector } from '../collect-statistics.js';
import type { ParityReport } from '../parity-report.js';
import type { SuiteReport } from '../report.js';
import type { ParityStatistics } from '../statistics.js';
import { reportOfSuite } from '../suite-report.js';

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

/** Statistics with one line. */
function statistics(cell: Cell, rest: Omit<ParityStatistics['cells'][number], 'target'>): ParityStatistics {
  const collector = new StatisticsCollector();
  collector.addCell({ target: cellName(cell), ...rest });
  return collector.statistics;
}

/** The views' report of runs that a test names. */
export const viewOf = (...suites: readonly SuiteReport[]): ParityReport =>
  reportOfSuite(suites, { command: 'npm run parity --' });

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
      statistics: statistics(sound, {
        stratum: 'ordinary',
        cases: 5,
        mismatches: 0,
        valueRatio: 0.5,
        gradientRatio: 1.25,
        seconds: 0.1,
      }),
    },
    {
      cell: broken,
      backend: 'cpu',
      cases: 4,
      failures: [failure],
      valueRatio: 0,
      gradientRatio: Infinity,
      seconds: 0.2,
      statistics: statistics(broken, {
        stratum: 'tiny',
        cases: 4,
        mismatches: 1,
        valueRatio: 0,
        gradientRatio: null,
        seconds: 0.2,
      }),
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
  unchecked: [],
  saved: new Map([[failure.path, 'fixtures/regressions/x.json']]),
  kills: { mutants: 70, killed: 68, equivalent: 1, survivors: ['Odd/one'] },
  modelKills: { mutants: 12, survivors: ['Odd/model'] },
  quirks: [
    { id: 'kept', still: true, seen: '' },
    { id: 'gone', still: false, seen: '' },
  ],
};

/** A run in which all is equal. */
export const clean: SuiteReport = {
  ...report,
  results: report.results.slice(0, 1),
  models: [],
  training: [],
  summary: { cases: 1, mismatches: 0, seconds: 1 },
  kills: { mutants: 1, killed: 1, equivalent: 0, survivors: [] },
  modelKills: { mutants: 1, survivors: [] },
  quirks: [{ id: 'kept', still: true, seen: '' }],
};
