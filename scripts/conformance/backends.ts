import { fileURLToPath } from 'node:url';

/** A tfjs backend that the specs can run on. */
export interface Backend {
  name: string;
  /** If this is false, tfjs leaves out the specs of synchronous reads. */
  isDataSync: boolean;
  /** TypeScript that registers the backend and its kernels; it is bundled with the specs. */
  setup: string;
}

const ONNX_ENGINE = fileURLToPath(new URL('../../src/engine/register.ts', import.meta.url));

export const BACKENDS = {
  onnx: {
    name: 'onnx',
    isDataSync: false,
    setup: `import { registerOnnxBackend } from ${JSON.stringify(ONNX_ENGINE)}; registerOnnxBackend();`,
  },
  cpu: {
    name: 'cpu',
    isDataSync: true,
    setup: `import '@tensorflow/tfjs-backend-cpu';`,
  },
} as const satisfies Record<string, Backend>;

export type BackendName = keyof typeof BACKENDS;
