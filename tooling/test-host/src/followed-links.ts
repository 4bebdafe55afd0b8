import { mkdirSync, mkdtempSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Returns true if Node still finds a module behind a symbolic link at its real path.
 *
 * It does not while the last file that any code of the process has looked at by a synchronous or a callback
 * stat call, which `fs.rm()` makes too, was a socket or a FIFO: `fs.realpathSync()` then stops at the first
 * directory that it knows. `import()` of a package of pnpm, which is a link, then gives one without exports.
 */
export function followsLinks(): boolean {
  const directory = realpathSync.native(mkdtempSync(join(tmpdir(), 'pxeboot-links-')));
  mkdirSync(join(directory, 'real'));
  symlinkSync('real', join(directory, 'link'));
  const [target = '', link = ''] = ['real', 'link'].map((name) =>
    join(directory, name, 'index.js'),
  );
  writeFileSync(target, '');
  const { resolve } = createRequire(import.meta.url);
  // From now on, Node knows the directories above.
  resolve(target);
  return resolve(link) === target;
}
