#!/usr/bin/env node
import { runMenuCommand } from './run.js';

const { stdin: input, stdout: output, stderr: error } = process;
process.exitCode = await runMenuCommand(process.argv.slice(2), { input, output, error });
