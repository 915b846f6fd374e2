import { z } from 'zod';
import { writeOnnxFile } from '../../../src/onnx/write.js';
import { fileModel } from './model.js';
import { FileCase } from './spec.js';

/** Writes the model file that another process reads: the path and the case are the arguments. */
const [path, spec] = z.tuple([z.string(), z.string()]).parse(process.argv.slice(2));
await writeOnnxFile(path, fileModel(FileCase.parse(JSON.parse(spec))));
