#!/usr/bin/env node
import { runPreseedCommand } from './run.js';

const { stdin: input, stdout: output, stderr: error } = process;
process.exitCode = await runPreseedCommand(process.argv.slice(2), { input, output, error });
