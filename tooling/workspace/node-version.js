// Ends scripts on a Node that they do not support: what they run would fail later, with an error that does not say why.
import { readFileSync } from 'node:fs';

const { engines } = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
);
const [major, minor] = process.versions.node.split('.').map(Number);
const isSupported = engines.node.split(' || ').some((alternative) => {
  const [leastMajor, leastMinor] = alternative.replace(/^\D+/, '').split('.').map(Number);
  return (
    (major === leastMajor && minor >= leastMinor) ||
    (major > leastMajor && alternative.startsWith('>='))
  );
});

if (!isSupported) {
  console.error(
    `pxeboot needs Node.js ${engines.node}, but this is ${process.versions.node}\n` +
      '  install a version in this range, for example from Debian 13 or https://nodejs.org/',
  );
  process.exit(1);
}
