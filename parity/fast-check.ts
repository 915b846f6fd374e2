import type * as FastCheck from 'fast-check';
import { optionalPackage } from '../src/python/optional-package.js';

export const fc = optionalPackage('fast-check') as typeof FastCheck;
