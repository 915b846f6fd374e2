import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EvaluatedModel, Evaluator } from '../evaluators/evaluator.js';
import { packageRoot } from '../package-root.js';

/** The program that lets the reference evaluate. */
export const EVALUATORS_PROGRAM = join(packageRoot(), 'parity', 'reference', 'evaluators.py');

/** What an evaluation gives, ours or the reference's. */
export interface Answer {
  readonly metrics: Readonly<Record<string, number>>;
  readonly primary: string;
  /** The lines of each file, divided into cells or parsed. */
  readonly files: Readonly<Record<string, readonly (readonly string[] | object)[]>>;
  /** The settings for the model's card. */
  readonly config: Readonly<Record<string, unknown>>;
}

/** @param folder an empty folder for the files of the evaluator */
export async function answerOf(evaluator: Evaluator, model: EvaluatedModel, folder: string): Promise<Answer> {
  const metrics = await evaluator.evaluate(model, { outputPath: folder, epoch: 2, steps: 30 });
  const primary = evaluator.primaryMetric ?? '';
  return { metrics, primary, files: filesIn(folder), config: evaluator.getConfigDict?.() ?? {} };
}

function filesIn(folder: string): Answer['files'] {
  const names = readdirSync(folder).toSorted();
  return Object.fromEntries(
    names.map((name) => {
      const lines = readFileSync(join(folder, name), 'utf8').trimEnd().split('\n');
      return [
        name,
        lines.map((line) => (name.endsWith('.csv') ? line.split(',') : (JSON.parse(line) as object))),
      ];
    }),
  );
}

/** The answers of the program, in which null is a number that is none. */
export const parseAnswers = (output: string): unknown[] =>
  JSON.parse(output.replaceAll(/\bNaN\b/g, 'null')) as unknown[];

/**
 * The largest difference of the numbers in two values, which may be cells of a table; Infinity for another difference.
 *
 * @param isRelative whether a difference from a number above 1 is divided by that number
 */
export function worstOf(ours: unknown, theirs: unknown, isRelative = false): number {
  if (isNaNumber(ours)) return isNaNumber(theirs) || theirs === null ? 0 : Infinity;
  if (Object.is(ours, theirs)) return 0;
  if (typeof ours === typeof theirs && (typeof ours === 'number' || typeof ours === 'string')) {
    const [a, b] = [Number(ours), Number(theirs)];
    const difference = Math.abs(a - b) / (isRelative ? Math.max(1, Math.abs(b)) : 1);
    return Number.isNaN(difference) ? Infinity : difference;
  }
  if (typeof ours !== 'object' || typeof theirs !== 'object' || ours === null || theirs === null) {
    return Infinity;
  }
  const keys = new Set([...Object.keys(ours), ...Object.keys(theirs)]);
  const at = (value: object, key: string): unknown => (value as Readonly<Record<string, unknown>>)[key];
  return Math.max(0, ...Array.from(keys, (key) => worstOf(at(ours, key), at(theirs, key), isRelative)));
}

const isNaNumber = (value: unknown): boolean =>
  typeof value === 'string' ? value.toLowerCase() === 'nan' : Number.isNaN(value);
