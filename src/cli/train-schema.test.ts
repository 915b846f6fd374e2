import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { packageRoot } from '../package-root.js';
import { SCHEMA_FILE, trainSchema } from './train/schema.js';

it('the schema that the package has is that of the settings (npm run readme writes it)', () => {
  const stored: unknown = JSON.parse(readFileSync(join(packageRoot(), SCHEMA_FILE), 'utf8'));
  expect(stored).toEqual(trainSchema());
});
