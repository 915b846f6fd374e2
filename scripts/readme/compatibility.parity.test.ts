import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { findReferencePython } from '../../src/python/environment.js';
import { LOSS_NAMES, MODULE_NAMES } from './compatibility.js';

const python = findReferencePython();

/** Base classes, which no model folder names, and an old name of Router. */
const NOT_IN_FOLDERS = ['InputModule', 'Module', 'Asym'];

/** Reads the names that the two packages export; importing them would import PyTorch, too, which takes long. */
const PROGRAM = `
import ast, importlib.util, json, pathlib
package = pathlib.Path(importlib.util.find_spec("sentence_transformers").origin).parent / "sparse_encoder"
def exported(name):
    for node in ast.parse((package / name / "__init__.py").read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and node.targets[0].id == "__all__":
            return ast.literal_eval(node.value)
print(json.dumps([exported("losses"), exported("modules")]))
`;

test.skipIf(python === undefined)('the tables have every loss and module of the reference', () => {
  const output = execFileSync(python ?? '', ['-c', PROGRAM], { encoding: 'utf8' });
  const [losses, modules] = JSON.parse(output.trim().split('\n').at(-1) ?? '') as [string[], string[]];
  expect(LOSS_NAMES.toSorted()).toEqual(losses.toSorted());
  const inFolders = modules.filter((name) => !NOT_IN_FOLDERS.includes(name));
  expect(MODULE_NAMES).toEqual(expect.arrayContaining(inFolders));
});
