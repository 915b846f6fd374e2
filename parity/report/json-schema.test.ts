import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { expect, it } from 'vitest';
import { packageRoot } from '../../src/package-root.js';
import { REPORT_SCHEMA_FILE, reportJsonSchema } from './json-schema.js';
import { renderJson } from './json.js';
import { report, viewOf } from './testing/sample-report.js';

const stored: object = JSON.parse(readFileSync(join(packageRoot(), REPORT_SCHEMA_FILE), 'utf8')) as object;

it('the schema that the package has is that of the report (npm run readme writes it)', () => {
  expect(stored).toEqual(reportJsonSchema());
});

it('accepts a report, and nothing else', () => {
  const validate = new Ajv({ strict: true }).compile(stored);
  const json = JSON.parse(renderJson(viewOf(report))) as Record<string, unknown>;
  expect(validate(json), JSON.stringify(validate.errors)).toBe(true);
  expect(validate({ ...json, seed: '1' })).toBe(false);
  expect(validate({ ...json, more: 1 })).toBe(false);
  const { summary: _, ...without } = json;
  expect(validate(without)).toBe(false);
});
