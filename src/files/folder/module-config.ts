import { pythonJson } from '../json/python-json.js';

/** The config file of a module or a router in the reference's format, with its keys in the given order. */
export function formatModuleConfig(config: Readonly<Record<string, unknown>>): string {
  return pythonJson(config, { indent: 4 });
}
