import { writeFileSync } from 'node:fs';

process.once('exit', () => {
  const names = process.moduleLoadList
    .filter((entry) => entry.startsWith('NativeModule '))
    .map((entry) => entry.slice('NativeModule '.length));
  writeFileSync(process.env.MODULES_FILE, names.join('\n'));
});
