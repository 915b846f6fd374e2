/**
 * Makes a module for Node's `--import` that writes the address of every loaded module to a file.
 *
 * @returns the address of that module
 */
export function recordingLoads(file: string): string {
  const hooks = `
    import { appendFileSync } from 'node:fs';
    export function load(url, context, next) {
      appendFileSync(${JSON.stringify(file)}, url + '\\n');
      return next(url, context);
    }`;
  const start = `
    import { register } from 'node:module';
    register('data:text/javascript,' + ${JSON.stringify(encodeURIComponent(hooks))});`;
  return `data:text/javascript,${encodeURIComponent(start)}`;
}
