import * as api from '../../../src/testing/public-api.js';
import { INSTANCES } from './instances.js';

/** A public function or member that takes arguments. */
export interface Callee {
  readonly name: string;
  readonly call: (values: readonly unknown[]) => unknown;
}

type Callable = (...values: readonly unknown[]) => unknown;

const isClass = (value: unknown): value is new (...values: readonly unknown[]) => object =>
  typeof value === 'function' && /^class\b/.test(Function.prototype.toString.call(value));

/** The errors that the package throws on purpose. */
export const TYPED_ERRORS = Object.values<unknown>(api).filter(
  (value): value is new (...values: never[]) => Error => isClass(value) && value.prototype instanceof Error,
);

/** Classes whose instances have methods, by name. */
export const CLASSES = Object.entries<unknown>(api).filter(
  ([, value]) => isClass(value) && !(value.prototype instanceof Error),
);

/** Methods that are not for users, and `dispose`, which would end the object that the others are called on. */
const LEFT_OUT = new Set(['constructor', 'prototype', 'length', 'name', 'dispose']);
const NOT_PUBLIC = new Set([
  'withEmbedder',
  'contents',
  'componentsOf',
  'checkColumns',
  'measure',
  'evaluateMeasured',
  'sparsityOf',
]);
/** Their constructors are private. */
const LOADED = new Set(['SparseEncoder', 'EncoderPool']);

/** Every exported function, and every constructor, static method, method and setter of the exported classes. */
export async function publicSurface(): Promise<readonly Callee[]> {
  const functions = Object.entries<unknown>(api).flatMap(([name, value]): Callee[] => {
    if (typeof value !== 'function' || TYPED_ERRORS.some((error) => error === value)) return [];
    if (!isClass(value)) return [{ name, call: (values) => (value as Callable)(...values) }];
    const construct = { name: `new ${name}`, call: (values: readonly unknown[]) => new value(...values) };
    return [...(LOADED.has(name) ? [] : [construct]), ...methodsOf(name, value, value)];
  });
  const methods: Callee[] = [];
  for (const [name, make] of Object.entries(INSTANCES)) methods.push(...everyMethod(name, await make()));
  return [...functions, ...methods];
}

function everyMethod(name: string, instance: object): Callee[] {
  const callees: Callee[] = [];
  const first = name.startsWith('a compiled') ? instance : (Object.getPrototypeOf(instance) as object);
  for (let at = first; at !== Object.prototype; at = Object.getPrototypeOf(at) as object) {
    callees.push(...methodsOf(name, instance, at));
  }
  return [...new Map(callees.toReversed().map((callee) => [callee.name, callee])).values()];
}

function methodsOf(name: string, receiver: object, place: object): Callee[] {
  return Object.entries(Object.getOwnPropertyDescriptors(place)).flatMap(
    ([key, { value, ...accessors }]): Callee[] => {
      if (LEFT_OUT.has(key) || NOT_PUBLIC.has(key)) return [];
      const set = accessors.set?.bind(receiver);
      if (set !== undefined) return [{ name: `${name}.${key} =`, call: ([given]) => set(given) }];
      if (typeof value !== 'function' || isClass(value)) return [];
      return [{ name: `${name}.${key}`, call: (values) => (value as Callable).apply(receiver, [...values]) }];
    },
  );
}
