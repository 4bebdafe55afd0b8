import { runCommand } from './command.js';

/** Returns this host's Debian mirror as an argument of mmdebstrap; no argument for its default mirror. */
export async function debianMirror(): Promise<string[]> {
  const format = '$(ORIGIN) $(LABEL) $(REPO_URI)';
  const targets = await runCommand('apt-get', [
    'indextargets',
    `--format=${format}`,
    'Created-By: Packages',
  ]);
  const uri = targets
    .split('\n')
    .map((line) => line.split(' '))
    .find(([origin, label]) => origin === 'Debian' && label === 'Debian')
    ?.at(2);
  return uri === undefined ? [] : [uri];
}
