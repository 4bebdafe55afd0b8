import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Package whose code is part of the program. */
export interface IncludedPackage {
  readonly name: string;
  readonly version: string;
  /** SPDX expression. */
  readonly licence: string;
  /** Text of its licence files. */
  readonly text: string;
}

/** Licences whose text Debian has in `/usr/share/common-licenses`, to which a package must refer. */
const COMMON_LICENCES: Readonly<Record<string, string>> = {
  'Apache-2.0': 'Apache-2.0',
  'LGPL-3.0+': 'LGPL-3',
  'LGPL-3.0-or-later': 'LGPL-3',
};

/** Separator of the packages in a file of `writeLicences`; each begins with a line of its name and version. */
const BETWEEN_LICENCES = '\n----\n\n';

/** Reads the licence of a package. */
export async function readLicence(directory: string): Promise<IncludedPackage> {
  const manifest = JSON.parse(await readFile(join(directory, 'package.json'), 'utf8')) as {
    name: string;
    version: string;
    license?: string;
    author?: string | { name?: string };
  };
  const { name, version, license: licence, author } = manifest;
  if (licence === undefined) {
    throw new Error(`${name} ${version} does not name its licence, so it cannot be distributed`);
  }
  const files = (await readdir(directory)).filter((file) => /^(?:licen[cs]e|copying)/i.test(file));
  const texts = await Promise.all(
    files.sort().map(async (file) => (await readFile(join(directory, file), 'utf8')).trim()),
  );
  const holder = typeof author === 'string' ? author : (author?.name ?? 'its authors');
  return { name, version, licence, text: texts.join('\n\n') || `Copyright: ${holder}` };
}

/** Inputs of {@link copyrightFile}. */
export interface CopyrightOptions {
  /** Text of the project's own licence. */
  readonly own: string;
  readonly included: readonly IncludedPackage[];
  /** Licence texts of packages that the builds of the server, dashboard and libraries already contain. */
  readonly includedBefore: readonly string[];
  /** True to refer to Debian's `/usr/share/common-licenses` instead of repeating its texts. */
  readonly hasCommonLicences: boolean;
}

/** Returns the text of the file that names the licences of everything in the program. */
export function copyrightFile(options: CopyrightOptions): string {
  const { own, included, includedBefore, hasCommonLicences } = options;
  const byText = new Map<string, IncludedPackage[]>();
  for (const item of [...included].sort((a, b) => a.name.localeCompare(b.name, 'en'))) {
    const common = hasCommonLicences ? COMMON_LICENCES[item.licence] : undefined;
    const text =
      common === undefined
        ? item.text
        : `The text of this licence is in /usr/share/common-licenses/${common}.`;
    byText.set(text, [...(byText.get(text) ?? []), item]);
  }
  const groups = [...byText].map(([text, items]) => {
    const names = items.map(({ name, version, licence }) => `${name} ${version} (${licence})`);
    return `${names.join('\n')}\n\n${indented(text)}\n`;
  });
  const known = new Set(included.map(({ name, version }) => `${name} ${version}`));
  const others = includedBefore
    .flatMap((text) => text.split(BETWEEN_LICENCES))
    .filter((text) => !known.has(text.split('\n', 1)[0] ?? ''));
  return [
    'pxeboot is developed at https://github.com/pxeboot/pxeboot.\n',
    `${indented(own.trim())}\n`,
    'The program includes these packages from the npm registry, unmodified except that they are\njoined into a few files. libsql contains SQLite, which is in the public domain.\n',
    ...groups,
    ...[...new Set(others)].map((text) => `${indented(text.trim())}\n`),
  ].join('\n');
}

function indented(text: string): string {
  return text
    .split(/\r?\n/)
    .map((line) => (line.trim() === '' ? '' : `  ${line.trimEnd()}`))
    .join('\n');
}
