import { EXIT } from '../../src/shell/exit-codes.js';
import type { DoctorOptions } from '../commands/doctor.js';
import { type Check, renderChecks } from './check.js';
import { checkNode, checkOnnxRuntime, checkPackages, checkTensorFlow } from './programs.js';
import { checkPython } from './python.js';
import { checkSpace } from './space.js';

/** Prints every check, and sets the exit code. */
export async function doctorCommand({ python, json = false }: DoctorOptions): Promise<void> {
  const checks = await examine(python);
  const isBroken = checks.some(({ status }) => status === 'broken');
  process.stdout.write(
    json ? `${JSON.stringify({ ok: !isBroken, checks }, undefined, 2)}\n` : renderChecks(checks),
  );
  if (isBroken) process.exitCode = EXIT.environment;
}

async function examine(given: string | undefined): Promise<Check[]> {
  const { checks, makesEnvironment } = checkPython(given);
  return [
    checkNode(),
    await checkOnnxRuntime(),
    await checkTensorFlow(),
    checkPackages(),
    ...checks,
    ...checkSpace(makesEnvironment),
  ];
}
