import { createRequire } from 'node:module';
import { setEngine } from '../../src/index.js';
import { optionalFile } from '../../src/python/optional-package.js';
import { fixturesFolder } from '../fixtures.js';
import { broken, type Check, fine, note, reasonOf } from './check.js';

/** As `engines` of package.json. */
const OLDEST_NODE = 20;

export function checkNode(version = process.versions.node): Check {
  const seen = `${version} on ${process.platform} ${process.arch}`;
  if (Number.parseInt(version, 10) >= OLDEST_NODE) return fine('node', seen);
  return broken('node', seen, `install Node ${OLDEST_NODE} or newer`);
}

export async function checkOnnxRuntime(): Promise<Check> {
  try {
    await setEngine('onnx');
    const { env, listSupportedBackends } = await import('onnxruntime-node');
    const providers = listSupportedBackends().map(({ name }) => name);
    return fine(
      'onnxruntime',
      `${env.versions.node ?? env.versions.common}, providers ${providers.join(', ')}`,
    );
  } catch (error) {
    return broken(
      'onnxruntime',
      reasonOf(error),
      'run npm install again, with install scripts allowed for onnxruntime-node',
    );
  }
}

/** The engine that is an independent check, for which there is an optional package. */
export async function checkTensorFlow(): Promise<Check> {
  try {
    await setEngine('tensorflow');
    const { version } = createRequire(import.meta.url)('@tensorflow/tfjs-node-gpu/package.json') as {
      version: string;
    };
    return fine('tensorflow', `@tensorflow/tfjs-node-gpu ${version} with its binding`);
  } catch {
    return note('tensorflow', 'the optional package @tensorflow/tfjs-node-gpu is absent, or its binding is');
  }
}

/** The packages that only the harness needs. */
export function checkPackages(): Check {
  try {
    // pythonia starts a Python when it is loaded, so the packages are only looked up.
    for (const name of ['fast-check', 'pythonia', 'ws']) optionalFile(name);
    fixturesFolder();
    return fine('packages', 'fast-check, pythonia, ws and the fixtures are installed');
  } catch (error) {
    const [, remedy = reasonOf(error), reason = ''] =
      /: (npm install .*) \((.*)\)$/.exec(reasonOf(error)) ?? [];
    return broken('packages', reason, remedy);
  }
}
