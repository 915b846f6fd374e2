import { htmlTable } from '../../html/table.js';
import type { RunEnvironment } from '../../trainer/environment-file.js';

/** What the rows of the table are called. */
const ROWS: readonly (readonly [string, (environment: RunEnvironment) => string])[] = [
  ['engine', ({ engine }) => engine],
  [
    'threads of an operator',
    ({ threads }) => (threads === null ? 'one for each physical core' : String(threads)),
  ],
  ['cores', ({ cores }) => String(cores)],
  ['processor', ({ cpu }) => cpu],
  ['memory', ({ memoryGiB }) => `${memoryGiB} GiB`],
  ['platform', ({ platform }) => platform],
  ['sparse-encoder', (environment) => environment['sparse-encoder']],
  ['ONNX Runtime', (environment) => environment['onnxruntime-node']],
  ['TensorFlow.js', (environment) => environment['@tensorflow/tfjs']],
  ['Node.js', ({ node }) => node],
];

/** Where a run was computed: a column for its beginning, and one for each time that it was resumed. */
export function environmentHtml(environments: readonly RunEnvironment[]): string {
  if (environments.length === 0) return '';
  return htmlTable(
    'Environment',
    ['', ...environments.map(({ step }) => (step === 0 ? 'value' : `after step ${step}`))],
    ROWS.map(([name, value]) => [name, ...environments.map(value)]),
  );
}
