/** Version of the JSON report. */
export const REPORT_SCHEMA_VERSION = 3;
