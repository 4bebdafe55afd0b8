import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Writes the licences of packages that a build copies into its output, as those licences require.
 *
 * @param {string[]} names - packages in `node_modules` of the current folder
 * @param {string} file - text file to write
 */
export function writeLicences(names, file) {
  const texts = names.map((name) => {
    const folder = join('node_modules', name);
    const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    const licence = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
    if (licence === undefined) {
      throw new Error(`${name} has no licence file: it cannot be copied into the output`);
    }
    return `${name} ${version}\n\n${readFileSync(join(folder, licence), 'utf8').trim()}\n`;
  });
  writeFileSync(file, texts.join('\n----\n\n'));
}
