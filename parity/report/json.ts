import type { ParityReport } from './parity-report.js';

/** The report for machines, by the published schema. */
export const renderJson = (report: ParityReport): string => `${JSON.stringify(report, null, 2)}\n`;
