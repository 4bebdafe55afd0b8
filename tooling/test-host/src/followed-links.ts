import { mkdirSync, mkdtempSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Returns true if Node still finds a module behind a symlink at its real path.
 *
 * It does not if the last file that any code in this process examined with a synchronous or callback stat
 * call (`fs.rm()` makes one, too) was a socket or a FIFO: `fs.realpathSync()` then stops at the first
 * directory that it knows. `import()` of a package that pnpm links then returns a module without exports.
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
