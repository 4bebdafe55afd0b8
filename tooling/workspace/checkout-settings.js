// Settings for programs that are run from the checkout.
import { existsSync } from 'node:fs';

/**
 * True if the user has configured pxeboot: nothing is set for them then.
 *
 * @param {string} root
 * @param {readonly string[]} args
 * @param {NodeJS.ProcessEnv} env
 */
export function isConfigured(root, args, env) {
  return (
    existsSync(`${root}pxeboot.yaml`) ||
    Boolean(env.PXEBOOT_CONFIG) ||
    args.some((arg) => arg.startsWith('--config'))
  );
}

/**
 * Environment with the data in `.pxeboot/` of the checkout, unless the user has configured pxeboot.
 *
 * @param {string} root
 * @param {readonly string[]} args
 * @param {NodeJS.ProcessEnv} env
 * @returns {NodeJS.ProcessEnv}
 */
export function checkoutEnvironment(root, args, env) {
  return isConfigured(root, args, env)
    ? { ...env }
    : { ...env, PXEBOOT_DATA_DIR: env.PXEBOOT_DATA_DIR ?? `${root}.pxeboot` };
}
