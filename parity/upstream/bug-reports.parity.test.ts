import { describe, expect, it } from 'vitest';
import {
  HAS_REFERENCE,
  LIVE_TIME,
  liveReference,
  runInReference,
} from '../../src/testing/python/live-reference.js';
import { bugReports } from './bug-reports.js';

describe.runIf(HAS_REFERENCE)('the program of a bug report', () => {
  liveReference();

  it.each(bugReports())('shows $quirk.id', { timeout: LIVE_TIME }, async ({ program, output }) => {
    const printed = await runInReference({ text: program });
    expect(printed.toString('utf8').trimEnd().split('\n')).toEqual(output);
  });
});
