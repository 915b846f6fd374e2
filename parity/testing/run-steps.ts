import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { z } from 'zod';

/** A step of a workflow or of a composite action. */
export const stepSchema = z.looseObject({
  id: z.string().optional(),
  if: z.string().optional(),
  uses: z.string().optional(),
  run: z.string().optional(),
  'working-directory': z.string().optional(),
  env: z.record(z.string(), z.string()).optional(),
  with: z.record(z.string(), z.coerce.string()).optional(),
});

export type Step = z.infer<typeof stepSchema>;
type Outputs = Record<string, Record<string, string>>;

export interface Job {
  /** The folder of the checkout. */
  readonly folder: string;
  readonly inputs: Readonly<Record<string, string>>;
  readonly env: Readonly<Record<string, string>>;
  /** The outputs of steps that use another action, which are not run. */
  readonly stubs?: Outputs;
}

export interface JobResult {
  /** The exit code of the first step that failed, or 0. */
  readonly code: number;
  readonly log: string;
  readonly outputs: Outputs;
  readonly summary: string;
  /** What the steps used of other actions, with its inputs. */
  readonly used: readonly { readonly uses: string; readonly with: Readonly<Record<string, string>> }[];
}

/** Runs the `run` steps as a runner of GitHub does: each in a bash of its own, the later ones only if none failed. */
export async function runSteps(steps: readonly Step[], job: Job): Promise<JobResult> {
  const own = mkdtempSync(join(tmpdir(), 'job-'));
  const outputs: Outputs = { ...job.stubs };
  const summaryFile = join(own, 'summary.md');
  writeFileSync(summaryFile, '');
  const used: { uses: string; with: Record<string, string> }[] = [];
  let [code, log] = [0, ''];
  for (const [index, step] of steps.entries()) {
    const filled = (text: string): string => fill(text, job.inputs, outputs);
    if (!isDue(step.if, outputs, code)) continue;
    if (step.uses !== undefined) {
      const given = Object.entries(step.with ?? {}).map(([name, value]) => [name, filled(value)] as const);
      used.push({ uses: step.uses, with: Object.fromEntries(given) });
      continue;
    }
    const script = join(own, `${index}.sh`);
    const output = join(own, `${index}.output`);
    if (step.run?.includes('${{') !== false) throw new Error('a script must take its inputs from variables');
    writeFileSync(script, step.run);
    writeFileSync(output, '');
    const given = Object.entries(step.env ?? {}).map(([name, value]) => [name, filled(value)] as const);
    const result = await bash(script, resolve(job.folder, filled(step['working-directory'] ?? '.')), {
      ...job.env,
      GITHUB_ACTIONS: 'true',
      GITHUB_OUTPUT: output,
      GITHUB_STEP_SUMMARY: summaryFile,
      ...Object.fromEntries(given),
    });
    log += result.log;
    if (code === 0) code = result.code;
    if (step.id !== undefined) {
      const lines = readFileSync(output, 'utf8').split('\n').filter(Boolean);
      outputs[step.id] = Object.fromEntries(
        lines.map((line): [string, string] => {
          const [name = '', value = ''] = line.split(/=(.*)/s);
          return [name, value];
        }),
      );
    }
  }
  return { code, log, outputs, summary: readFileSync(summaryFile, 'utf8'), used };
}

/** The value of an expression such as `${{ inputs.shard }}`; one that is not known stays as it is. */
function fill(text: string, inputs: Job['inputs'], outputs: Outputs): string {
  return text.replaceAll(/\$\{\{ *([\w.-]+) *\}\}/g, (whole, path: string) => {
    const [root, name = '', , output = ''] = path.split('.');
    if (root === 'inputs') return inputs[name] ?? '';
    return root === 'steps' ? (outputs[name]?.[output] ?? '') : whole;
  });
}

function isDue(condition: string | undefined, outputs: Outputs, code: number): boolean {
  if (condition === undefined) return code === 0;
  if (condition === 'always()') return true;
  const [, id = '', output = '', value] =
    /^steps\.([\w-]+)\.outputs\.([\w-]+) != '([^']*)'$/.exec(condition) ?? [];
  if (value === undefined) throw new Error(`cannot evaluate the condition ${condition}`);
  return code === 0 && outputs[id]?.[output] !== value;
}

function bash(
  script: string,
  cwd: string,
  env: Record<string, string>,
): Promise<{ code: number; log: string }> {
  const args = ['--noprofile', '--norc', '-eo', 'pipefail', script];
  return new Promise((done) => {
    execFile('bash', args, { cwd, env: { ...process.env, ...env } }, (error, stdout, stderr) => {
      const code = typeof error?.code === 'number' ? error.code : error === null ? 0 : -1;
      done({ code, log: stdout + stderr });
    });
  });
}
