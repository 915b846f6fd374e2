import { findBasePython, findReferencePython, namedPython } from '../../src/python/environment.js';
import { differingPackages, inspectInterpreter, type Interpreter } from '../../src/python/interpreter.js';
import { environmentsFolder } from '../../src/python/managed-environment.js';
import { readRequirements, requirementsFile } from '../../src/python/requirements.js';
import { broken, type Check, fine, note, reasonOf } from './check.js';

/** What is known of the Python that a comparison would use. */
export interface PythonFacts {
  readonly checks: readonly Check[];
  /** The interpreter, if it has the packages of the reference. */
  readonly python?: string;
  /** Whether the first comparison makes an environment, which takes space. */
  readonly makesEnvironment: boolean;
}

/** The packages that have a line of their own. */
const SHOWN = ['torch', 'sentence-transformers'];

/** Finds the Python that a comparison would use, as `ensureReferenceEnvironment` does, but installs nothing. */
export function checkPython(given: string | undefined): PythonFacts {
  const named = given ?? namedPython();
  try {
    const python = named ?? findReferencePython();
    if (python === undefined) return futurePython();
    return installedPython(inspectInterpreter(python));
  } catch (error) {
    const remedy =
      named === undefined
        ? 'delete the folder of that environment, or name another cache folder with SPARSE_ENCODER_CACHE'
        : 'name another Python with --python or SPARSE_ENCODER_PYTHON, or none to have an environment made';
    return { checks: [broken('python', reasonOf(error), remedy)], makesEnvironment: false };
  }
}

function futurePython(): PythonFacts {
  try {
    const { version, executable } = findBasePython();
    const seen = `${version} (${executable}), from which the first comparison makes an environment`;
    const absent = SHOWN.map((name) =>
      note(name, `not installed yet; it will be in ${environmentsFolder()}`),
    );
    return { checks: [fine('python', seen), ...absent], makesEnvironment: true };
  } catch (error) {
    const remedy = 'install Python 3.11 or newer with venv, or name one with SPARSE_ENCODER_PYTHON';
    return { checks: [broken('python', reasonOf(error), remedy)], makesEnvironment: false };
  }
}

function installedPython(interpreter: Interpreter): PythonFacts {
  const { executable, version, packages } = interpreter;
  const missing = readRequirements().filter(({ name }) => !packages.has(name));
  const differing = new Map(differingPackages(interpreter).map((one) => [one.name, one]));
  const install = `"${executable}" -m pip install -r "${requirementsFile()}"`;
  const lines = SHOWN.map((name) => {
    const installed = packages.get(name);
    const other = differing.get(name);
    if (installed === undefined) return broken(name, 'not installed', install);
    return other === undefined
      ? fine(name, `${installed}, as pinned`)
      : note(name, `${installed} instead of the pinned ${other.pinned}: findings may be about the version`);
  });
  const others = missing.map(({ name }) => name).filter((name) => !SHOWN.includes(name));
  return {
    checks: [
      fine('python', `${version} (${executable})`),
      ...lines,
      ...(others.length > 0 ? [broken('python-packages', `without ${others.join(', ')}`, install)] : []),
    ],
    ...(missing.length === 0 && { python: executable }),
    makesEnvironment: false,
  };
}
