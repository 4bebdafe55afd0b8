import { appendFileSync } from 'node:fs';
import { createRequire, register } from 'node:module';
import { pathToFileURL } from 'node:url';

const hooks = `
  import { appendFileSync } from 'node:fs';
  export function load(url, context, next) {
    appendFileSync(process.env.MODULES_FILE, url + '\\n');
    return next(url, context);
  }`;
register(`data:text/javascript,${encodeURIComponent(hooks)}`);

// CommonJS modules do not pass through the hooks, so their names are read from the cache at the end.
const { cache } = createRequire(import.meta.url);
process.once('exit', () => {
  for (const file of Object.keys(cache)) {
    appendFileSync(process.env.MODULES_FILE, `${pathToFileURL(file).href}\n`);
  }
});
