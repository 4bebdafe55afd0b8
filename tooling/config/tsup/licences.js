import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/**
 * Writes the licences of packages that a build copies into its output, as those licences require.
 *
 * @param {readonly string[]} packages - names of packages in `node_modules` of the current folder, or paths of folders
 * @param {string} file - text file to write
 */
export function writeLicences(packages, file) {
  const texts = packages.map((nameOrPath) => {
    const folder = resolve('node_modules', nameOrPath);
    const { name, version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    const licence = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
    if (licence === undefined) {
      throw new Error(`${name} has no licence file: it cannot be copied into the output`);
    }
    return `${name} ${version}\n\n${readFileSync(join(folder, licence), 'utf8').trim()}\n`;
  });
  writeFileSync(file, texts.join('\n----\n\n'));
}
