import { counted } from '../../counted.js';
import { checkInput } from '../../data/lines.js';
import type { DatasetFormat } from '../../datasets/files/dataset-format.js';
import { readDataset } from '../../datasets/files/read-dataset.js';
import { selectColumns } from '../../datasets/select-columns.js';
import { convertRows } from '../../mining/convert/convert-dataset.js';
import { type ConvertOptions, CONVERT_RULES } from '../../mining/convert/options.js';
import { resolveOptions } from '../../options.js';
import type { OutputRule } from '../check-output.js';
import type { Resumable } from '../output-contract.js';
import { openOutput } from '../output.js';
import { fileOf } from '../summary.js';

export interface ConvertCommandOptions extends ConvertOptions {
  readonly input: string;
  readonly inputFormat?: DatasetFormat;
  readonly columns?: readonly string[];
  readonly output: string;
  readonly force?: boolean;
  readonly json?: boolean;
}

/** Nothing is kept of a conversion that stops: it takes seconds. */
const CONVERSION: Resumable = { what: 'a conversion', unit: 'row', units: 'rows', keptEvery: Infinity };

/** `sparse-encoder convert`: reads rows of one format and writes those of another. */
export async function convertCommand(options: ConvertCommandOptions): Promise<void> {
  const { input, output: path, force, columns, json } = options;
  const rule: OutputRule = { inputs: [input], force };
  const ofTheLibrary = Object.fromEntries(
    Object.keys(CONVERT_RULES).map((name) => [name, options[name as keyof ConvertOptions]]),
  );
  const resolved = resolveOptions<Required<ConvertOptions>>('convert', CONVERT_RULES, ofTheLibrary);
  await checkInput(input);
  const file = await readDataset(input, { format: options.inputFormat ?? null });
  try {
    const dataset = columns === undefined ? file : selectColumns(file, columns, input);
    const output = await openOutput(path, rule, {}, CONVERSION);
    let written = 0;
    try {
      const rows = convertRows(dataset, resolved, input);
      let next = await rows.next();
      for (; next.done !== true; next = await rows.next()) {
        await output.write(JSON.stringify(next.value));
        written++;
      }
      await output.finish();
      const { withoutNegatives } = next.value;
      const told = { rows: dataset.length, written, withoutNegatives, output: fileOf(path) ?? null };
      process.stderr.write(`${json === true ? JSON.stringify(told) : inWords(told)}\n`);
    } catch (error) {
      await output.stop(() => ({ done: 0, counts: {}, sha256: '' }));
      throw error;
    }
  } finally {
    await file.close?.();
  }
}

interface Told {
  readonly rows: number;
  readonly written: number;
  readonly withoutNegatives: number;
  readonly output: string | null;
}

function inWords({ rows, written, withoutNegatives, output }: Told): string {
  const leftOut =
    withoutNegatives === 0 ? '' : `, ${counted(withoutNegatives, 'example')} left out for want of negatives`;
  const told = `${counted(rows, 'row')} read, ${counted(written, 'row')} written${leftOut}`;
  return output === null ? told : `${told}: ${output}`;
}
