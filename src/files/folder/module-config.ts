import { pythonJson } from '../json/python-json.js';

/** The config file of a module, or of a router, as the reference writes it: its keys in the order given. */
export function formatModuleConfig(config: Readonly<Record<string, unknown>>): string {
  return pythonJson(config, { indent: 4 });
}
