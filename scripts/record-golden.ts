/**
 * Records cases with the results of the reference in fixtures/golden, so that `npm test` and `npm run parity -- --golden`
 * compare without Python: npm run record-golden -- --help
 */
import { rmSync } from 'node:fs';
import type { ParityCase } from '../parity/case.js';
import { DEFAULT_SEED } from '../parity/command.js';
import { type GoldenCase, goldenFolder, goldenOf, writeGolden } from '../parity/golden.js';
import { casesForSurvivors } from '../parity/mutants/cases-for-survivors.js';
import { type PlannedCase, planCell } from '../parity/plan.js';
import { planRealTexts, REAL_ROWS } from '../parity/real-cases.js';
import { loadRealTexts } from '../parity/real-texts.js';
import { referenceLegs } from '../parity/reference-legs.js';
import { startReference } from '../parity/start-reference.js';
import { cellName, suiteCells } from '../parity/suite.js';
import { counted } from '../src/counted.js';
import { setEngine } from '../src/engine/set-engine.js';
import { setWarningHandler } from '../src/index.js';
import { newCommand } from '../src/shell/new-command.js';
import { runCommand } from '../src/shell/run-command.js';
import { tell } from '../src/shell/tell.js';
import { type PythonOptions, pythonOption, referencePython } from './programs/options.js';

/**
 * From this many cases per cell, the smallest of each kind with rows to compare are kept, so that fixtures stay small.
 */
const SAMPLED = 150;
const KEPT = 1;
const KEPT_ORDINARY = 3;
const FEWEST_ROWS = 3;
const WIDEST = 100;

async function main(options: PythonOptions): Promise<void> {
  // The cases try every combination of options, including those that cause warnings.
  setWarningHandler(() => undefined);
  await setEngine('cpu');
  const reference = await startReference({ python: await referencePython(options) });
  try {
    const texts = await loadRealTexts(reference, REAL_ROWS);
    const cases: GoldenCase[] = [];
    for (const cell of suiteCells()) {
      // Real texts have 30,522 dimensions: once per loss is enough to keep.
      const real = cell.wrapper === 'none' ? planRealTexts(cell, texts) : [];
      const chosen = [...smallest(planCell(cell, SAMPLED, DEFAULT_SEED)), ...real];
      const legs = await referenceLegs(
        reference,
        chosen.map((planned) => planned.case),
      );
      chosen.forEach((planned, index) => {
        const judged = legs[index];
        if (judged === undefined) throw new Error(`the reference gave no result for ${planned.path}`);
        cases.push({ ...planned, legs: judged });
      });
    }
    // Cases that catch a wrong variant which the smallest cases let pass.
    const more = suiteCells().map((cell) => planCell(cell, SAMPLED, DEFAULT_SEED).filter(isNarrow));
    cases.push(...(await casesForSurvivors(cases, more, (chosen) => referenceLegs(reference, chosen))));
    const empty = suiteCells().filter(
      (cell) => goldenOf({ reference: reference.versions, cases }, cell).length === 0,
    );
    if (empty.length > 0) throw new Error(`no case was recorded for ${empty.map(cellName).join(', ')}`);
    rmSync(goldenFolder(), { recursive: true, force: true });
    writeGolden({ reference: reference.versions, cases });
    tell(`${counted(cases.length, 'case')} recorded in ${goldenFolder()}`);
  } finally {
    await reference.stop();
  }
}

function smallest(planned: readonly PlannedCase[]): PlannedCase[] {
  const strata = new Set(planned.map((one) => one.case.stratum));
  return [...strata].flatMap((stratum) => {
    const narrow = planned.filter((one) => one.case.stratum === stratum && isNarrow(one));
    const several = narrow.filter((one) => size(one.case).rows >= FEWEST_ROWS);
    return (several.length > 0 ? several : narrow)
      .toSorted((a, b) => size(a.case).numbers - size(b.case).numbers)
      .slice(0, stratum === 'ordinary' ? KEPT_ORDINARY : KEPT);
  });
}

function isNarrow(one: PlannedCase): boolean {
  return size(one.case).width <= WIDEST;
}

function size({ columns }: ParityCase): { numbers: number; rows: number; width: number } {
  const tensors = columns.flatMap((column) => Object.values(column)).filter((tensor) => tensor !== null);
  return {
    numbers: tensors.reduce((sum, { data }) => sum + data.length, 0),
    rows: Math.max(...tensors.map(({ shape }) => shape[0] ?? 0)),
    width: Math.max(...tensors.map(({ shape }) => shape.at(-1) ?? 0)),
  };
}

await runCommand(() =>
  newCommand('record-golden', {
    description: 'Records cases with the results of the reference in fixtures/golden.',
    examples: ['npm run record-golden'],
    exitCodes: { fine: 'recorded', environment: 'the environment (Python)' },
  })
    .addOption(pythonOption())
    .action(main),
);
