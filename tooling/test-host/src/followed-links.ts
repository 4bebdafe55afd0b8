import { mkdirSync, mkdtempSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Returns true if Node still finds a module behind a symbolic link at its real path.
 *
 * It does not if the last file that any code of this process examined by a synchronous or callback stat call,
 * which `fs.rm()` makes as well, was a socket or a FIFO: `fs.realpathSync()` then stops at the first directory
 * that it knows. `import()` of a package that pnpm links then returns one without exports.
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
