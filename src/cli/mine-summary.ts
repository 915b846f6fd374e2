import { counted } from '../counted.js';
import type { Mining } from '../mining/mining.js';
import { reportOf } from '../mining/report.js';
import { type Limit, LIMITS } from '../mining/select-negatives.js';
import { longFlag } from '../shell/flag.js';
import { fileOf } from './summary.js';

interface MineOutcome {
  readonly options: Readonly<Partial<Record<Limit, number | null>>> & {
    readonly output: string;
    readonly json?: boolean;
    readonly numNegatives?: number;
  };
  /** Queries of an earlier run that this one resumed. */
  readonly resumed: number;
  readonly seconds: number;
}

/** The last words of a mining on standard error. */
export function tellMining({ data, counts }: Mining, { options, resumed, seconds }: MineOutcome): void {
  const report = reportOf(counts);
  const output = fileOf(options.output);
  const documents = data.corpus.length;
  const text =
    options.json === true
      ? JSON.stringify({ pairs: data.rows, documents, resumed, ...report, output: output ?? null, seconds })
      : [...inWords(), took()].join('\n');
  process.stderr.write(`${text}\n`);

  function inWords(): string[] {
    const { queries, negatives, rows, removed, unscored, short } = report;
    const earlier = resumed === 0 ? '' : ` (${counted(resumed, 'query', 'queries')} by an earlier run)`;
    const limits = LIMITS.filter((limit) => removed[limit] > 0).map(
      (limit) => `${counted(removed[limit], 'candidate')} removed by ${longFlag(limit)} ${options[limit]}`,
    );
    return [
      `${counted(data.rows, 'pair')} read: ${counted(queries, 'query', 'queries')}${earlier}, ${counted(documents, 'document')}`,
      `${counted(negatives, 'negative')} found, ${counted(rows, 'row')} written`,
      `mean score ${report.meanPositiveScore.toFixed(3)} of positives, ${report.meanNegativeScore.toFixed(3)} of negatives`,
      ...limits,
      ...(unscored === 0 ? [] : [`${counted(unscored, 'candidate')} left out, which have no score`]),
      ...(short === 0
        ? []
        : [`${counted(short, 'query has', 'queries have')} fewer than ${options.numNegatives} negatives`]),
    ];
  }

  function took(): string {
    const speed = Math.round((report.queries - resumed) / seconds);
    const last = `${seconds.toFixed(1)} s (${counted(speed, 'query', 'queries')} a second)`;
    return output === undefined ? last : `${last}: ${output}`;
  }
}
