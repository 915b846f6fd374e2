/**
 * What Node takes after `--import` to write the address of every module that it loads into a file.
 *
 * @returns a module, as an address
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
