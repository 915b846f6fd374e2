#!/usr/bin/env node
import { runCommand } from '../shell/run-command.js';
import { program } from './program.js';

await runCommand(program);
