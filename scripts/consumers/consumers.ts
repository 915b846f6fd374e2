import type { Consumer } from './consumer.js';
import { onnxruntimeNode } from './onnxruntime-node.js';
import { onnxruntimeWeb, onnxruntimeWebGpu } from './onnxruntime-web.js';
import { fastembed, onnxruntimePython, sentenceTransformers } from './python-consumers.js';
import { transformersJs } from './transformers-js.js';

/** The consumers by the names for the command. */
export const CONSUMERS = {
  'onnxruntime-node': onnxruntimeNode,
  'onnxruntime-python': onnxruntimePython,
  'sentence-transformers': sentenceTransformers,
  fastembed,
  'transformers-js': transformersJs,
  'onnxruntime-web': onnxruntimeWeb,
  'onnxruntime-webgpu': onnxruntimeWebGpu,
} as const satisfies Record<string, Consumer>;

export type ConsumerName = keyof typeof CONSUMERS;
