import { EXIT } from '../../src/shell/exit-codes.js';
import type { DoctorOptions } from '../commands/doctor.js';
import { checkBridge } from './bridge.js';
import { type Check, note, renderChecks } from './check.js';
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

/** Every check, for a comparison with the reference of this Python (default: as a comparison finds it). */
export async function examine(given: string | undefined): Promise<Check[]> {
  const { checks, python, makesEnvironment } = checkPython(given);
  const packages = checkPackages();
  const canTry = python !== undefined && packages.status === 'ok';
  return [
    checkNode(),
    await checkOnnxRuntime(),
    await checkTensorFlow(),
    packages,
    ...checks,
    ...checkSpace(makesEnvironment),
    ...(canTry
      ? await checkBridge(python)
      : [note('bridge', 'not tried, since it needs what is missing above')]),
  ];
}
