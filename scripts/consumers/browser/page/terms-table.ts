import type { Embedded } from './protocol.js';

export interface Term {
  readonly term: string;
  readonly weight: number;
  /** Whether it is a token of the text; the model added the others. */
  readonly isInText: boolean;
}

/** The terms of an embedding, the heaviest first. */
export function termsOf({ indices, values, terms, ids }: Embedded): Term[] {
  const inText = new Set(ids);
  return indices
    .map((index, position) => ({
      term: terms[position] ?? '',
      weight: values[position] ?? 0,
      isInText: inText.has(index),
    }))
    .toSorted((a, b) => b.weight - a.weight);
}

/** Rows of terms; a bar is the share of the heaviest. */
export function showTerms(body: HTMLTableSectionElement, terms: readonly Term[]): void {
  const heaviest = terms[0]?.weight ?? 1;
  body.replaceChildren(...terms.map((term) => rowOf(term, term.weight / heaviest)));
}

function rowOf({ term, weight, isInText }: Term, share: number): HTMLTableRowElement {
  const row = document.createElement('tr');
  row.className = isInText ? '' : 'added';
  const name = document.createElement('th');
  name.scope = 'row';
  name.textContent = term;
  const bar = document.createElement('span');
  bar.style.setProperty('--share', String(share));
  row.append(
    name,
    cell('origin', isInText ? 'text' : 'model'),
    cell('number', weight.toFixed(3)),
    cell('bar', bar),
  );
  return row;
}

function cell(className: string, content: string | HTMLElement): HTMLTableCellElement {
  const made = document.createElement('td');
  made.className = className;
  made.append(content);
  return made;
}
