import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { SparseMarginMSELoss } from '../src/index.js';
import { packageRoot } from '../src/package-root.js';
import { referenceVersion } from './readme/compatibility.js';
import { DOCUMENTS, README, readDocument } from './readme/documents.js';
import { placesIn, TABLES, withTables } from './readme/tables.js';

const all = DOCUMENTS.map((document) => [document, readDocument(document)] as const);

/** The anchor of a heading, as GitHub and npm make it. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\w\s-]/g, '')
    .trim()
    .replaceAll(/\s/g, '-');

const anchorsOf = (text: string): string[] =>
  [...text.replaceAll(/```[\s\S]*?```/g, '').matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    anchorOf(heading),
  );

const linksIn = (text: string): string[] =>
  [...text.matchAll(/\]\((?!https?:)([^)\s]+)\)/g)].map(([, target = '']) => target);

describe('the documents', () => {
  it.each(all)('%s has the tables that the source makes', (_, text) => {
    expect(withTables(text)).toBe(text);
  });

  it('have a place for each table', () => {
    expect(all.flatMap(([, text]) => placesIn(text)).toSorted()).toEqual(Object.keys(TABLES).toSorted());
  });

  it.each(all)('%s links only to what is there', (document, text) => {
    const broken = linksIn(text).filter((target) => {
      const [path = '', anchor] = target.split('#');
      const file = path === '' ? document : join(dirname(document), path).replaceAll('\\', '/');
      if (!existsSync(join(packageRoot(), file))) return true;
      return anchor !== undefined && !anchorsOf(readDocument(file)).includes(anchor);
    });
    expect(broken).toEqual([]);
  });

  it('quote an error as it is', () => {
    const quoted = all.flatMap(([, text]) => /^SparseMarginMSELoss: .*$/m.exec(text) ?? []);
    const loss = new SparseMarginMSELoss({ forward: (features) => features });
    const column = tf.ones<tf.Rank.R2>([8, 4]);
    const compute = (): tf.Tensor =>
      loss.computeLossFromEmbeddings([column, column, column], tf.ones([8, 3]));
    expect(quoted).toHaveLength(1);
    expect(compute).toThrow(quoted[0] ?? '');
  });
});

describe('the README', () => {
  const text = readDocument(README);

  it('stays short, begins with the quickstart, and says how to install within the first screen', () => {
    const lines = text.split('\n');
    expect(lines.length).toBeLessThanOrEqual(250);
    const placeOf = (command: string): number => lines.findIndex((line) => line.includes(command));
    expect(lines.find((line) => line.includes('npm '))).toContain('npm run quickstart');
    expect(placeOf('npm install')).toBeLessThan(20);
  });

  it('links to every page of docs', () => {
    const pages = DOCUMENTS.filter((document) => /^docs\/[^/]+$/.test(document));
    expect(linksIn(text).map((target) => target.split('#')[0])).toEqual(expect.arrayContaining(pages));
  });

  it('names the version of the reference', () => {
    expect(text).toContain(`sentence-transformers ${referenceVersion()}`);
  });
});
