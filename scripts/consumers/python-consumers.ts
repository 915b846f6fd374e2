import { fileURLToPath } from 'node:url';
import { runProgram } from './child-program.js';
import type { Consumer, Outcome, Trial } from './consumer.js';
import { EVERY_FORMAT } from './consumer.js';
import { ensurePythonPackages, type PythonPackages } from './python-environment.js';

export const onnxruntimePython: Consumer = {
  summary: 'the runtime in Python, with the package tokenizers',
  formats: EVERY_FORMAT,
  tasks: true,
  run: inPython('onnxruntime_cpu.py', {
    name: 'onnxruntime',
    size: '0.2 GB',
    packages: ['onnxruntime==1.32.0', 'tokenizers==0.23.3', 'numpy==2.4.6'],
  }),
};

/** 5.7 is the last version that an optimum-onnx supports. It reads what 6.2 wrote. */
export const sentenceTransformers: Consumer = {
  summary: "sentence-transformers 5.7 with backend='onnx'",
  formats: ['logits', 'all'],
  tasks: false,
  run: inPython('sentence_transformers_onnx.py', {
    name: 'sentence-transformers',
    size: '1.5 GB',
    packages: [
      'sentence-transformers==5.7.0',
      'transformers==4.57.6',
      'optimum==2.1.0',
      'optimum-onnx[onnxruntime]==0.1.0',
      'onnxruntime==1.32.0',
      'onnx==1.23.2',
      'torch==2.13.0',
    ],
  }),
};

export const fastembed: Consumer = {
  summary: 'fastembed, by specific_model_path',
  formats: ['logits', 'all'],
  tasks: false,
  spladeOnly: true,
  refusal: ({ pooling: { strategy, activation }, maxActiveDims }) => {
    if (strategy !== 'max' || activation !== 'relu') {
      return `it pools logits by max and relu; this model does by ${strategy} and ${activation}`;
    }
    if (maxActiveDims === null) return undefined;
    return `it keeps every term; this model keeps the ${maxActiveDims} with the largest weights`;
  },
  run: inPython('fastembed_sparse.py', { name: 'fastembed', size: '0.3 GB', packages: ['fastembed==0.9.1'] }),
};

function inPython(program: string, packages: PythonPackages): (trial: Trial) => Promise<Outcome> {
  const path = fileURLToPath(new URL(`./python/${program}`, import.meta.url));
  return async ({ graph, texts, log }) => {
    const python = await ensurePythonPackages(packages, log);
    return await runProgram([python, '-B', path], { graph, texts }, { PYTHONUTF8: '1', HF_HUB_OFFLINE: '1' });
  };
}
