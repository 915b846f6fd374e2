import { ExchangeError } from './errors.js';

export type JsonValue = null | boolean | number | string | JsonValue[] | { [key: string]: JsonValue };

/** JSON text of a value. Refuses every value that JSON would change (the error names its path). */
export function stringifyJson(value: JsonValue): string {
  check(value, '');
  return JSON.stringify(value);
}

export function parseJson(text: string): JsonValue {
  try {
    // JSON.parse returns only JsonValues.
    return JSON.parse(text) as JsonValue;
  } catch (cause) {
    throw new ExchangeError('the header is not JSON', { cause });
  }
}

export function isJsonObject(value: JsonValue | undefined): value is { [key: string]: JsonValue } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function check(value: unknown, path: string): void {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return;
  if (typeof value === 'number') {
    if (Number.isFinite(value) && !Object.is(value, -0) && !isRoundedInteger(value)) return;
    const text = Object.is(value, -0) ? '-0' : String(value);
    throw new ExchangeError(
      `${path.slice(1)} is ${text}, which does not arrive unchanged as JSON; send it as a tensor`,
    );
  }
  if (Array.isArray(value)) return value.forEach((item, index) => check(item, `${path}.${index}`));
  if (isPlainObject(value)) {
    return Object.entries(value).forEach(([key, item]) => check(item, `${path}.${key}`));
  }
  throw new ExchangeError(
    `${path.slice(1)} is a ${kindOf(value)}, not a JSON value; arrays of numbers are sent as tensors`,
  );
}

/**
 * JavaScript writes 2 ** 60 as 1152921504606847000, which Python reads as exactly that number. From 1e21 on it writes
 * an exponent.
 */
function isRoundedInteger(value: number): boolean {
  return Number.isInteger(value) && !Number.isSafeInteger(value) && Math.abs(value) < 1e21;
}

function isPlainObject(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

function kindOf(value: unknown): string {
  return typeof value === 'object' && value !== null ? value.constructor.name : typeof value;
}
