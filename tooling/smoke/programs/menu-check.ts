import { readFileSync } from 'node:fs';

import { formatDiagnostic, parseSyslinux } from '@pxe/syslinux-menu';

// Reports what is wrong with a configuration, as a linter does.
const [fileName = ''] = process.argv.slice(2);
const { diagnostics } = parseSyslinux(readFileSync(fileName), { fileName });
for (const diagnostic of diagnostics) {
  console.log(formatDiagnostic(diagnostic));
}
process.exitCode = diagnostics.some(({ severity }) => severity === 'error') ? 1 : 0;
