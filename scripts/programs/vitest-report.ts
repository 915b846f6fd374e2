import { z } from 'zod';

/** The fields of vitest's JSON report in use. */
export const VitestReport = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  success: z.boolean(),
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      message: z.string(),
      assertionResults: z.array(z.object({ fullName: z.string(), status: z.string() })),
    }),
  ),
});

type Report = z.infer<typeof VitestReport>;

/** A run without a passed test, because each was skipped, shows nothing. */
export function isSuccess({ success, numPassedTests }: Pick<Report, 'success' | 'numPassedTests'>): boolean {
  return success && numPassedTests > 0;
}

export function describeFailures(report: Report): string {
  if (report.success && !isSuccess(report)) return 'no test passed: each was skipped, or there is none';
  const failedFiles = report.testResults.filter(({ status }) => status === 'failed');
  return failedFiles
    .map(({ name, message, assertionResults }) => {
      const failedTests = assertionResults.filter(({ status }) => status === 'failed');
      return [name, message, ...failedTests.map(({ fullName }) => fullName)].filter(Boolean).join('\n  ');
    })
    .join('\n');
}
