import type { Command } from 'commander';
import { counted } from '../../src/counted.js';
import { turnTelemetryOff } from '../../src/engine/runtime/no-telemetry.js';
import { ReadableError, UsageError } from '../../src/errors.js';
import { writeTextWhole } from '../../src/files/write-file.js';
import { oneOf } from '../../src/options.js';
import { wantsColour } from '../../src/shell/colours.js';
import { EXIT } from '../../src/shell/exit-codes.js';
import { flag } from '../../src/shell/flag.js';
import { newCommand } from '../../src/shell/new-command.js';
import { runCommand } from '../../src/shell/run-command.js';
import { installTool } from '../programs/install-tool.js';
import { BACKENDS, type BackendName } from './backends.js';
import { listTestFiles } from './bundle.js';
import { EXCUSED, NO_EXCUSES } from './excused.js';
import { buildReport, hasFinding, type ConformanceReport } from './report.js';
import { abandonConformance, runConformance } from './run.js';
import { renderReport } from './terminal.js';

turnTelemetryOff();

interface Options {
  backend: BackendName;
  compare: boolean;
  file: string;
  only: string;
  tfjs?: string;
  json?: string;
  verbose: boolean;
}

class RuntimeUnavailableError extends ReadableError {
  override readonly kind = 'environment';
  override readonly name = 'RuntimeUnavailableError';
}

process.on('exit', abandonConformance);

function conformanceCommand(): Command {
  return newCommand('conformance', {
    description:
      "Runs tfjs's own backend tests on the onnx engine, and on tfjs's cpu backend for comparison.",
    examples: [
      'npm run conformance',
      'npm run conformance -- --file ops/softmax --verbose',
      'npm run conformance -- --only "gradient with clones" --no-compare',
      'npm run conformance -- --tfjs 4.20.0 --no-compare',
      'npm run conformance -- --backend cpu --json cpu.json',
    ],
    exitCodes: {
      fine: 'no spec failed',
      finding: 'a failed spec, a needless excuse, or no spec that passed',
      environment: 'onnxruntime-node cannot be loaded',
    },
  })
    .addOption(flag('--backend <name>', 'what runs the specs', oneOf(Object.keys(BACKENDS), 'onnx')))
    .option('--no-compare', 'leave out the run on the cpu backend')
    .option('--file <text>', 'only test files whose path contains this', '')
    .option('--only <text>', 'only specs whose full name contains this', '')
    .option('--tfjs <version>', 'of another tfjs, which npm installs (default: the one in node_modules)')
    .option('--json <file>', 'also write the report as JSON')
    .option('--verbose', 'print the messages of failed specs', false)
    .action(conformance);
}

async function conformance(options: Options): Promise<void> {
  const tfjs = options.tfjs === undefined ? undefined : await installedTfjs(options.tfjs);
  const files = listTestFiles(tfjs).filter((file) => file.includes(options.file));
  if (files.length === 0) throw new UsageError(`no test file of tfjs contains "${options.file}"`);
  if (options.backend === 'onnx') await requireRuntime();
  const report = await reportOn(options.backend, files, options, tfjs);
  const control =
    options.compare && options.backend !== 'cpu' ? await reportOn('cpu', files, options, tfjs) : undefined;
  process.stdout.write(
    `${renderReport(report, control, { colours: wantsColour(), verbose: options.verbose })}\n`,
  );
  if (options.json !== undefined) await writeReport(report, control, options.json);
  if (hasFinding(report)) process.exitCode = EXIT.finding;
}

async function reportOn(
  backend: BackendName,
  files: readonly string[],
  { file, only }: Options,
  tfjs: string | undefined,
): Promise<ConformanceReport> {
  const results = await runConformance(BACKENDS[backend], { files, only, tfjs });
  if (results.length === 0) {
    throw new UsageError(`no spec of ${counted(files.length, 'test file')} contains "${only}"`);
  }
  const excuses = backend === 'onnx' ? EXCUSED : NO_EXCUSES;
  return buildReport(backend, results, excuses, file === '' && only === '');
}

async function installedTfjs(version: string): Promise<string> {
  const tool = await installTool('@tensorflow/tfjs', version);
  if ('reason' in tool) throw new RuntimeUnavailableError(tool.reason);
  return tool.folder;
}

async function requireRuntime(): Promise<void> {
  try {
    await import('onnxruntime-node');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new RuntimeUnavailableError(
      `onnxruntime-node cannot be loaded (${reason}); run \`npm ci\` on a platform that it supports`,
      { cause: error },
    );
  }
}

async function writeReport(
  report: ConformanceReport,
  control: ConformanceReport | undefined,
  path: string,
): Promise<void> {
  const comparison = control && { backend: control.backend, summary: control.summary, files: control.files };
  await writeTextWhole(path, `${JSON.stringify({ ...report, comparison }, null, 2)}\n`);
}

await runCommand(conformanceCommand);
