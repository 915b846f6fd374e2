import { turnTelemetryOff } from '../../src/engine/runtime/no-telemetry.js';
import { renameSync, writeFileSync } from 'node:fs';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { BACKENDS, type BackendName } from './backends.js';
import { listTestFiles } from './bundle.js';
import { EXCUSED, NO_EXCUSES } from './excused.js';
import { buildReport, hasFinding, type ConformanceReport } from './report.js';
import { abandonConformance, runConformance } from './run.js';
import { renderReport } from './terminal.js';
import { exitOnSignals } from '../../src/cli/exit-on-signals.js';

turnTelemetryOff();

const EXIT = { finding: 1, usage: 2, environment: 3, interrupted: 130 } as const;

interface Options {
  backend: BackendName;
  compare: boolean;
  file: string;
  only: string;
  json?: string;
  verbose: boolean;
}

class RuntimeUnavailableError extends Error {
  override readonly name = 'RuntimeUnavailableError';
}

process.on('exit', abandonConformance);
exitOnSignals();

const command = new Command('conformance')
  .description("Runs tfjs's own backend tests on the onnx engine, and on tfjs's cpu backend for comparison.")
  .addOption(
    new Option('--backend <name>', 'what runs the specs').choices(Object.keys(BACKENDS)).default('onnx'),
  )
  .option('--no-compare', 'leave out the run on the cpu backend')
  .option('--file <text>', 'only test files whose path contains this', '')
  .option('--only <text>', 'only specs whose full name contains this', '')
  .option('--json <file>', 'also write the report as JSON')
  .option('--verbose', 'print the messages of failed specs', false)
  .addHelpText(
    'after',
    `
Examples:
  npm run conformance
  npm run conformance -- --file ops/softmax --verbose
  npm run conformance -- --only "gradient with clones" --no-compare
  npm run conformance -- --backend cpu --json cpu.json

Exit codes: 0 no spec failed, 1 a failed spec, a needless excuse, or no spec that passed, 2 wrong use, 3 onnxruntime-node cannot be loaded.`,
  )
  .action(conformance)
  .exitOverride();

async function conformance(options: Options): Promise<void> {
  const files = listTestFiles().filter((file) => file.includes(options.file));
  if (files.length === 0) throw new InvalidArgumentError(`no test file of tfjs contains "${options.file}"`);
  if (options.backend === 'onnx') await requireRuntime();
  const report = await reportOn(options.backend, files, options);
  const control =
    options.compare && options.backend !== 'cpu' ? await reportOn('cpu', files, options) : undefined;
  const colours = process.stdout.isTTY && (process.env['NO_COLOR'] ?? '') === '';
  process.stdout.write(`${renderReport(report, control, { colours, verbose: options.verbose })}\n`);
  if (options.json !== undefined) writeReport(report, control, options.json);
  if (hasFinding(report)) process.exitCode = EXIT.finding;
}

async function reportOn(
  backend: BackendName,
  files: readonly string[],
  { file, only }: Options,
): Promise<ConformanceReport> {
  const results = await runConformance(BACKENDS[backend], { files, only });
  if (results.length === 0) {
    const searched = files.length === 1 ? '1 test file' : `${files.length} test files`;
    throw new InvalidArgumentError(`no spec of ${searched} contains "${only}"`);
  }
  const excuses = backend === 'onnx' ? EXCUSED : NO_EXCUSES;
  return buildReport(backend, results, excuses, file === '' && only === '');
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

function writeReport(report: ConformanceReport, control: ConformanceReport | undefined, path: string): void {
  const temporary = `${path}.${process.pid}.tmp`;
  const comparison = control && { backend: control.backend, summary: control.summary, files: control.files };
  writeFileSync(temporary, `${JSON.stringify({ ...report, comparison }, null, 2)}\n`);
  renameSync(temporary, path);
}

try {
  await command.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    if (error instanceof InvalidArgumentError) process.stderr.write(`error: ${error.message}\n`);
    process.exitCode = error.exitCode === 0 ? 0 : EXIT.usage;
  } else {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = error instanceof RuntimeUnavailableError ? EXIT.environment : EXIT.finding;
  }
}
