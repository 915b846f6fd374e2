import { text as contentOf } from 'node:stream/consumers';
import { counted } from '../../../src/counted.js';
import { EncoderPool, SparseEncoder } from '../../../src/index.js';
import { LatencyCase, type LatencyReport } from './spec.js';

const SHORT = 32;
const CALLERS = 100;
const WORDS = 60;

/** The longest time between two ticks of a timer, beyond the tick itself. */
function watchEventLoop(): () => number {
  const TICK_MS = 1;
  let last = performance.now();
  let longest = 0;
  const look = (): void => {
    const now = performance.now();
    longest = Math.max(longest, now - last - TICK_MS);
    last = now;
  };
  const timer = setInterval(look, TICK_MS);
  return () => {
    clearInterval(timer);
    look();
    return longest;
  };
}

type Result = LatencyReport[number];

async function measured(work: string, run: () => Promise<unknown>): Promise<Result> {
  const stop = watchEventLoop();
  const start = performance.now();
  await run();
  const ms = performance.now() - start;
  return { work, ms, blockMs: stop() };
}

async function fastest(rounds: number, work: string, run: () => Promise<unknown>): Promise<Result> {
  const results: Result[] = [];
  for (let round = 0; round < rounds; round++) results.push(await measured(work, run));
  return results.reduce((best, next) => (next.ms < best.ms ? next : best));
}

async function measure({ encoder, model, texts, rounds }: LatencyCase): Promise<LatencyReport> {
  const results: LatencyReport = [];
  let embedder: SparseEncoder | EncoderPool | undefined;
  results.push(
    await measured('open the model', async () => {
      embedder = await (encoder === 'pool' ? EncoderPool.load(model) : SparseEncoder.load(model));
    }),
  );
  if (embedder === undefined) throw new Error('no model was opened');
  const opened = embedder;
  const words = (text: string): number => text.split(' ').length;
  const short = texts.filter((text) => words(text) <= 10).slice(0, CALLERS);
  const long = texts.map((text) => `${text} ${text} ${text} ${text}`.split(' ').slice(0, WORDS).join(' '));
  results.push(
    await measured('first text', () => opened.encode(short[0] as string)),
    await fastest(rounds, `${SHORT} short texts`, () => opened.encode(short.slice(0, SHORT))),
    await fastest(rounds, `${SHORT} texts of ${WORDS} words`, () => opened.encode(long.slice(0, SHORT))),
    await fastest(rounds, `${CALLERS} short queries in one call`, () => opened.encodeQuery(short)),
    await fastest(rounds, `${CALLERS} callers with one query each`, () =>
      Promise.all(short.map((text) => opened.encodeQuery(text))),
    ),
    await measured(`all ${counted(texts.length, 'text')}`, () => opened.encode(texts)),
  );
  await opened.dispose();
  return results;
}

const results = await measure(LatencyCase.parse(JSON.parse(await contentOf(process.stdin))));
process.stdout.write(`${JSON.stringify(results)}\n`);
