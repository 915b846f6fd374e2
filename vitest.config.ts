import { defineConfig } from 'vitest/config';
import { LeftOutReporter } from './scripts/programs/left-out.js';

/**
 * Test files with a process of their own: they mock modules, or their subject is what a process has only once, such as its
 * first use of ONNX Runtime. All others share processes, which load tfjs and the sources once: a second for each file.
 */
const ALONE = [
  'src/export/export-safety.test.ts',
  'src/engine/{set-engine,backend,cpu/cpu-kernels}.test.ts',
  'src/engine/runtime/**/*.test.ts',
  'src/{tf,warnings,package-root}.test.ts',
];

const ALL = '{src,parity,scripts}/**/*.test.ts';

/**
 * Tests that ask the reference, where its environment exists; npm test leaves them out. Files that share a process share a
 * Python, too, which needs nine seconds to start.
 */
const LIVE = '{src,parity,scripts}/**/*.parity.test.ts';

export default defineConfig({
  test: {
    // One for each core: Vitest would leave one idle, which is half of a machine with two. More are slower.
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
          include: [ALL],
          exclude: [...ALONE, LIVE],
          setupFiles: ['./src/testing/setup/fresh-state.ts'],
        },
      },
      {
        extends: true,
        test: { name: 'alone', include: ALONE },
      },
      {
        extends: true,
        test: {
          name: 'live',
          isolate: false,
          include: [LIVE],
          setupFiles: ['./src/testing/setup/fresh-state.ts'],
        },
      },
    ],
  },
});
