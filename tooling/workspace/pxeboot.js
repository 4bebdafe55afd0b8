// `npm run pxeboot`: runs the built command line on the data of `npm start`. As root, it runs as the checkout's
// owner.
import { fileURLToPath } from 'node:url';

import { checkoutEnvironment } from './checkout-settings.js';
import { runInForeground } from './foreground.js';
import { environmentOf, otherOwner, withPortsAs } from './owner.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const program = `${root}apps/server/dist/main.cjs`;
const args = process.argv.slice(2);
const env = checkoutEnvironment(root, args, process.env);

const owner = otherOwner(root);
const asOwner = owner && withPortsAs(owner, [process.execPath, program, ...args]);
if (asOwner === undefined) {
  Object.assign(process.env, env);
  await import(program);
} else {
  process.exitCode = await runInForeground(asOwner, {
    stdio: 'inherit',
    env: environmentOf(owner, env),
  });
}
