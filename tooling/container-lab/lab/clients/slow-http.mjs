// A slow machine: reads a URL at a limited rate. Prints "started" with the response headers, and
// the body's SHA-256 at its end.
//   node slow-http.mjs URL BYTES_PER_SECOND
import { createHash } from 'node:crypto';
import { get } from 'node:http';
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';

const [url, bytesPerSecond] = process.argv.slice(2);
const hash = createHash('sha256');
const response = await new Promise((resolve, reject) => {
  get(url, resolve).on('error', reject);
});
console.log('started');
for await (const chunk of response) {
  hash.update(chunk);
  await delay((1000 * chunk.length) / Number(bytesPerSecond));
}
console.log(hash.digest('hex'));
