import { readFile } from 'node:fs/promises';

import { LabError } from './errors.js';

/**
 * Returns the commands of the first shell block below a heading of a Markdown file, without comments.
 *
 * @throws {@link LabError} `ERR_LAB_PREREQUISITE` when there are none
 */
export async function documentedLines(file: string, heading: string): Promise<readonly string[]> {
  const page = await readFile(file, 'utf8');
  const section = page.split(`\n## ${heading}\n`)[1] ?? '';
  const block = /```sh\n([^`]+)```/.exec(section)?.[1] ?? '';
  const lines = block
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .map((line) => line.replace(/#.*/, '').trim())
    .filter((line) => line !== '');
  if (lines.length === 0) {
    throw new LabError('ERR_LAB_PREREQUISITE', `${file} has no commands below "${heading}"`);
  }
  return lines;
}
