#!/usr/bin/env node
// Makes the program for a container image. From the repository's root, after `npm run build`:
//
//     node tooling/program/dist/main.js --output DIRECTORY [--arch x64] [--node /usr/local/bin/node]
//
// The licences of what it contains are in the file `licences` next to `dist`.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

import { copyrightFile } from './licences.js';
import { makeProgram } from './program.js';

const { values } = parseArgs({
  options: {
    output: { type: 'string' },
    arch: { type: 'string', default: process.arch },
    node: { type: 'string', default: '/usr/local/bin/node' },
  },
});
const { output, arch, node } = values;
if (output === undefined) {
  throw new Error('usage: main.js --output DIRECTORY [--arch x64|arm64] [--node PATH]');
}
const root = resolve(import.meta.dirname, '../../..');
const directory = resolve(output);
await mkdir(directory, { recursive: true });
const program = await makeProgram({ root, directory, arch, node });
const own = await readFile(join(root, 'LICENSE'), 'utf8');
const licences = copyrightFile({ own, ...program, hasCommonLicences: false });
await writeFile(join(directory, 'licences'), licences);
