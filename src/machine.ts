import { createRequire } from 'node:module';
import { arch, availableParallelism, cpus, totalmem } from 'node:os';
import { packageVersion } from './version.js';

/** The packages that compute, with their versions, and that of Node.js. */
export interface SoftwareVersions {
  readonly 'sparse-encoder': string;
  readonly 'onnxruntime-node': string;
  readonly '@tensorflow/tfjs': string;
  readonly node: string;
}

export function softwareVersions(): SoftwareVersions {
  const require = createRequire(import.meta.url);
  const versionOf = (name: string): string => {
    const { version } = require(`${name}/package.json`) as { version: string };
    return version;
  };
  return {
    'sparse-encoder': packageVersion(),
    'onnxruntime-node': versionOf('onnxruntime-node'),
    '@tensorflow/tfjs': versionOf('@tensorflow/tfjs'),
    node: process.versions.node,
  };
}

export interface Machine {
  readonly platform: string;
  readonly cpu: string;
  /** Cores that this process may use. */
  readonly cores: number;
  readonly memoryGiB: number;
}

export function thisMachine(): Machine {
  return {
    platform: `${process.platform} ${arch()}`,
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGiB: Number((totalmem() / 2 ** 30).toFixed(1)),
  };
}
