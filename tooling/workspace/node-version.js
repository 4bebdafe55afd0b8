// Ends scripts on a Node that is too old: what they run would fail later, with an error that does not say why.
import { readFileSync } from 'node:fs';

const { engines } = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
);
const oldest = engines.node.replace('>=', '');
const [leastMajor, leastMinor] = oldest.split('.').map(Number);
const [major, minor] = process.versions.node.split('.').map(Number);

if (major < leastMajor || (major === leastMajor && minor < leastMinor)) {
  console.error(
    `pxeboot needs Node.js ${oldest} or later, but this is ${process.versions.node}\n` +
      '  install a newer one, for example from Debian 13 or https://nodejs.org/',
  );
  process.exit(1);
}
