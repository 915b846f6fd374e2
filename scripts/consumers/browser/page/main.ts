import { counted } from '../../../../src/counted.js';
import { newestOnly } from '../encoder/newest-only.js';
import { type Backend, BACKENDS, type Site, type SiteGraph } from '../site.js';
import { EncoderClient } from './encoder-client.js';
import type { Embedded, Loaded } from './protocol.js';
import { showTerms, termsOf } from './terms-table.js';

declare global {
  /** For programs that drive the page. */
  var sparseEncoder: {
    loaded(): Promise<Loaded>;
    embed(texts: readonly string[]): Promise<Embedded[]>;
  };
}

/** Length of a pause in typing. */
const PAUSE_MS = 120;
const NAMED_TERMS = 3;

const text = find('text') as HTMLTextAreaElement;
const shown = find('shown') as HTMLInputElement;
const task = find('task') as HTMLSelectElement;
const backend = find('backend') as HTMLSelectElement;
const status = find('status');
const body = (find('terms') as HTMLTableElement).tBodies[0] as HTMLTableSectionElement;

let client: EncoderClient | undefined;
let loading: Promise<Loaded> = Promise.reject(new Error('No model was chosen.'));
loading.catch(() => undefined);
let latest: Embedded | undefined;

const embed = newestOnly(async (input: string) => {
  await loading;
  return await client?.embed(input);
});

function find(id: string): HTMLElement {
  return document.getElementById(id) as HTMLElement;
}

function say(message: string, failed = false): void {
  status.textContent = message;
  status.classList.toggle('failed', failed);
}

async function choose(graph: SiteGraph): Promise<void> {
  client?.dispose();
  const chosen = new EncoderClient(say);
  client = chosen;
  loading = chosen.load(graph, backend.value as Backend);
  await update();
}

async function update(): Promise<void> {
  try {
    const embedded = await embed(text.value);
    if (embedded === undefined) return;
    latest = embedded;
    show();
  } catch (error) {
    say(error instanceof Error ? error.message : String(error), true);
  }
}

function show(): void {
  if (latest === undefined) return;
  const terms = termsOf(latest);
  const count = Math.max(1, shown.valueAsNumber || 1);
  showTerms(body, terms.slice(0, count));
  const heaviest = terms.slice(0, NAMED_TERMS).map(({ term }) => term);
  const named = heaviest.length === 0 ? '' : `, the heaviest ${heaviest.join(', ')}`;
  say(
    `${counted(terms.length, 'term')}${named}. ${counted(latest.ids.length, 'token')}, ${latest.milliseconds.toFixed(0)} ms.`,
  );
}

function debounced(run: () => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(run, PAUSE_MS);
  };
}

async function start(): Promise<void> {
  const site = (await (await fetch('site.json')).json()) as Site;
  const wanted = new URLSearchParams(location.search);
  find('model').textContent = site.name;
  backend.value = BACKENDS.find((each) => each === wanted.get('backend')) ?? 'wasm';
  const tasks = site.graphs.flatMap((graph) => graph.task ?? []);
  find('task-choice').hidden = tasks.length === 0;
  task.replaceChildren(...tasks.map((each) => new Option(each)));
  if (tasks.some((each) => each === wanted.get('task'))) task.value = wanted.get('task') ?? '';
  const graph = (): SiteGraph =>
    site.graphs.find((each) => each.task === task.value) ?? (site.graphs[0] as SiteGraph);
  for (const choice of [task, backend]) choice.addEventListener('change', () => void choose(graph()));
  text.addEventListener(
    'input',
    debounced(() => void update()),
  );
  shown.addEventListener('input', show);
  find('form').addEventListener('submit', (event) => event.preventDefault());
  await choose(graph());
}

globalThis.sparseEncoder = {
  loaded: () => loading,
  embed: async (texts) => {
    await loading;
    const embedded = texts.map(async (each) => await client?.embed(each));
    return (await Promise.all(embedded)).filter((each) => each !== undefined);
  },
};

start().catch((error: unknown) => say(error instanceof Error ? error.message : String(error), true));
