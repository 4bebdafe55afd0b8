// Runs programs as the owner of the checkout, so that `sudo npm start` leaves no files that root owns.
import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';

/**
 * @typedef {object} Owner
 * @property {number} uid
 * @property {number} gid
 * @property {string} name
 * @property {string} home
 */

/**
 * Owner of the checkout if this process is root and the owner is someone else; undefined otherwise.
 *
 * @param {string} root
 * @returns {Owner | undefined}
 */
export function otherOwner(root) {
  const { uid, gid } = statSync(root);
  if (process.getuid?.() !== 0 || uid === 0) {
    return undefined;
  }
  const { stdout } = spawnSync('getent', ['passwd', String(uid)], { encoding: 'utf8' });
  const [name, , , , , home] = (stdout ?? '').trim().split(':');
  return home ? { uid, gid, name, home } : undefined;
}

/**
 * Environment for programs that run as the owner, without the settings of npm that name paths in root's home:
 * the owner's home has its own caches.
 *
 * @param {Owner} owner
 * @param {NodeJS.ProcessEnv} env
 */
export function environmentOf({ name, home }, env) {
  const isOfRoot = ([key, value]) =>
    /^(?:npm_config_|XDG_)/i.test(key) && value.startsWith(`${env.HOME}/`);
  const kept = Object.entries(env).filter((entry) => !isOfRoot(entry));
  return { ...Object.fromEntries(kept), HOME: home, USER: name, LOGNAME: name };
}

/**
 * Command that runs a program as the owner, with the right to bind ports below 1024; undefined if the
 * system lacks setpriv (util-linux).
 *
 * @param {Owner} owner
 * @param {readonly string[]} command
 * @returns {readonly string[] | undefined}
 */
export function withPortsAs({ uid, gid }, command) {
  const setpriv = [
    'setpriv',
    ...[`--reuid=${uid}`, `--regid=${gid}`, '--init-groups'],
    ...['--inh-caps=+net_bind_service', '--ambient-caps=+net_bind_service'],
  ];
  const { status } = spawnSync(setpriv[0], [...setpriv.slice(1), 'true'], { stdio: 'ignore' });
  return status === 0 ? [...setpriv, ...command] : undefined;
}
