import { afterAll } from 'vitest';
import { endFile } from '../at-file-end.js';

afterAll(endFile);
