import { defineConfig } from 'vitest/config';
import { LeftOutReporter } from './scripts/programs/left-out.js';

export default defineConfig({
  test: {
    // One for each core: Vitest would leave one idle, which is half of a machine with two.
    maxWorkers: '100%',
    include: ['{src,parity,scripts}/**/*.test.ts'],
    tags: [{ name: 'slow', description: 'left out by npm test, run by npm run test:all' }],
    reporters: ['default', new LeftOutReporter()],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // tfjs advises every process that uses its own backend to install another one.
    onConsoleLog: (log) => !log.includes('Hi, looks like you are running TensorFlow.js'),
  },
});
