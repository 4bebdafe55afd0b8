import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';

import { type Suite } from './installers.js';
import { type FoundTemplate } from './rows.js';
import { readTemplates, type Template } from './templates.js';

const run = promisify(execFile);

/** Finds the templates in an unpacked initrd. */
export async function initrdTemplates(
  suite: Suite,
  root: string,
): Promise<readonly FoundTemplate[]> {
  const folder = join(root, 'var/lib/dpkg/info');
  const files = (await readdir(folder)).filter((name) => name.endsWith('.templates')).sort();
  const found = files.map(async (file) => {
    const templates = readTemplates(await readFile(join(folder, file), 'utf8'));
    const origin = `initrd ${basename(file, '.templates')}` as const;
    return templates.map((template) => ({ suite, origin, template }));
  });
  return (await Promise.all(found)).flat();
}

/** Finds the templates in a directory of packages: `.udeb`, `.deb` and source archives. */
export async function packageTemplates(
  suite: Suite,
  directory: string,
): Promise<readonly FoundTemplate[]> {
  const found: FoundTemplate[] = [];
  for (const file of (await readdir(directory)).sort()) {
    const path = join(directory, file);
    const [name = ''] = file.split('_');
    const [, ending = ''] = /\.(udeb|deb|tar\.\w+)$/.exec(file) ?? [];
    if (ending === '') {
      continue;
    }
    const kind = ending.startsWith('tar') ? 'source' : (ending as 'udeb' | 'deb');
    const isGuide = name.startsWith('installation-guide');
    const templates = isGuide
      ? await guideTemplates(path, name)
      : readTemplates(await textOf(path, kind));
    const origin = isGuide ? 'guide' : (`${kind} ${name}` as const);
    found.push(...templates.map((template) => ({ suite, origin, template }) as const));
  }
  return found;
}

async function textOf(path: string, kind: 'deb' | 'source' | 'udeb'): Promise<string> {
  const options = { maxBuffer: 1e8 };
  const { stdout } =
    kind === 'source'
      ? await run('tar', ['-xOf', path, '--wildcards', '*/debian/*templates'], options)
      : await run('dpkg-deb', ['-I', path, 'templates'], options);
  return stdout;
}

/** Reads the questions in the example of Debian's installation guide. */
async function guideTemplates(path: string, name: string): Promise<readonly Template[]> {
  const file = `./usr/share/doc/${name}/example-preseed.txt.gz`;
  const unpack = 'dpkg-deb --fsys-tarfile "$1" | tar -xO "$2" | zcat';
  const { stdout } = await run('sh', ['-c', unpack, 'sh', path, file], { maxBuffer: 1e8 });
  const joined = stdout.replaceAll(/\\\n#?\s*/g, ' ');
  const lines = joined.matchAll(
    /^#? ?[a-z][a-z-]* +(\S[^\s/]*\/\S+)\s+(select|boolean|string|multiselect|note|password)\b/gm,
  );
  return [...lines].map(([, question = '', type = '']) => ({
    name: question,
    type,
    defaultValue: '',
    choices: [],
    description: '',
  }));
}
