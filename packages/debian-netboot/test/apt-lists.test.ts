import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { describe, expect, it } from 'vitest';

import { lacks } from '@pxe/test-host';

import { listPrefix } from '../src/source/apt/apt-lists.js';
import { temporaryDirectory } from './support/made-up-mirror.js';

const URIS = [
  'http://deb.example/debian',
  'http://deb.example/debian/',
  'https://user:secret@deb.example:8443/a_b/c~d',
  'http://127.0.0.1:3142/deb.example/x=y',
  'http://[::1]:9/debian',
  'http://deb.example/de%20b/d+e',
  'file:/srv/mirror/debian',
  'file:///srv/mirror/debian',
  'mirror+file:/etc/apt/mirrors.txt',
];

describe('listPrefix', () => {
  it.skipIf(lacks('apt-get'))('names lists as apt does', async () => {
    const directory = await temporaryDirectory();
    const sources = join(directory, 'sources.list');
    const name = async (uri: string): Promise<string | undefined> => {
      await writeFile(sources, `deb [trusted=yes] ${uri} trixie main\n`);
      const options = [`Dir::Etc::sourcelist=${sources}`, 'Dir::Etc::sourceparts=/dev/null'];
      const { stdout } = await promisify(execFile)('apt-get', [
        'update',
        '--print-uris',
        ...[...options, `Dir::State::lists=${directory}`].flatMap((option) => ['-o', option]),
      ]);
      return / (\S*)_dists_trixie_InRelease /.exec(stdout)?.[1];
    };
    const names: (string | undefined)[] = [];
    for (const uri of URIS) {
      names.push(await name(uri));
    }
    expect(URIS.map((uri) => listPrefix(uri))).toEqual(names);
  });
});
