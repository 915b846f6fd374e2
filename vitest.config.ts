import { defineConfig } from 'vitest/config';
import { LeftOutReporter } from './scripts/programs/left-out.js';

/**
 * Test files that share a process, which loads tfjs and the sources once: a second for each file. What mocks a module or
 * runs the reference has a process of its own, and so have the rooms whose subject is a process.
 */
const SHARED = [
  '{data,datasets,encoder,evaluation,export,files,losses,modules,onnx,ops,sparse,state,tokenizer,training}',
  'engine/kernels',
].map((room) => `src/${room}/**/!(*.parity|export-safety).test.ts`);

/** Tests that ask the reference, where its environment exists; npm test leaves them out. */
const LIVE = '{src,parity,scripts}/**/*.parity.test.ts';

export default defineConfig({
  test: {
    // One for each core: Vitest would leave one idle, which is half of a machine with two.
    maxWorkers: '100%',
    globalSetup: ['./src/testing/setup/build-programs.ts'],
    setupFiles: ['./src/testing/setup/file-end.ts'],
    tags: [{ name: 'slow', description: 'left out by npm test, run by npm run test:all' }],
    reporters: ['default', new LeftOutReporter()],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // tfjs advises every process that uses its own backend to install another one.
    onConsoleLog: (log) => !log.includes('Hi, looks like you are running TensorFlow.js'),
    projects: [
      {
        extends: true,
        test: {
          name: 'shared',
          isolate: false,
          include: SHARED,
          setupFiles: ['./src/testing/setup/fresh-state.ts'],
        },
      },
      {
        extends: true,
        test: { name: 'alone', include: ['{src,parity,scripts}/**/*.test.ts'], exclude: [...SHARED, LIVE] },
      },
      { extends: true, test: { name: 'live', include: [LIVE] } },
    ],
  },
});
