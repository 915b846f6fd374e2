import type { Reporter, TestModule, TestRunEndReason, Vitest } from 'vitest/node';
import { counted } from '../../src/counted.js';

const SLOW = 'slow';

/** Reports at the end of a run how many tests its tag filter left out, and what runs them. */
export class LeftOutReporter implements Reporter {
  #vitest: Vitest | undefined;

  onInit(vitest: Vitest): void {
    this.#vitest = vitest;
  }

  onTestRunEnd(modules: readonly TestModule[], _errors: readonly unknown[], reason: TestRunEndReason): void {
    const message = leftOutMessage(modules, this.#vitest?.config.tagsFilter ?? []);
    if (reason !== 'interrupted' && message !== undefined) this.#vitest?.logger.log(message);
  }
}

/** The message for a run with these tag filters; undefined if they leave out no test. */
export function leftOutMessage(
  modules: readonly Pick<TestModule, 'children' | 'relativeModuleId'>[],
  filters: readonly string[],
): string | undefined {
  if (filters.length === 0) return undefined;
  let tests = 0;
  const files = new Set<string>();
  for (const { children, relativeModuleId } of modules) {
    for (const { tags } of children.allTests()) {
      if (!tags.includes(SLOW)) continue;
      tests += 1;
      files.add(relativeModuleId);
    }
  }
  if (tests === 0) return undefined;
  return `${counted(tests, 'slow test')} in ${counted(files.size, 'file')} were left out; npm run test:all runs every test`;
}
