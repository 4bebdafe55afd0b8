import { randomInt } from 'node:crypto';

import { type HostSettings } from '../config/hosts.js';
import { afterEvent, armed, EXPIRES_AFTER_MS, type Install, isActive } from '../hosts/install.js';
import { deleteHost, insertHost } from '../state/install-table.js';
import { HostError } from './host-error.js';
import { type HostIndex } from './host-index.js';
import { type HostPreseeds } from './host-preseeds.js';
import { missingVariables } from './host-values.js';
import { HOST_REMOVED, type InstallContext } from './install-context.js';
import { freshIds, type InstallStore } from './install-store.js';
import { type PreseedFinding } from './preseed-check.js';

/** Installation that was just armed. */
export interface ArmedInstall {
  readonly install: Install;
  /** Passphrase of the disk, if it was made for this installation: it is not shown again. */
  readonly passphrase: string | undefined;
  /** Findings in the preseed that do not prevent the installation. */
  readonly findings: readonly PreseedFinding[];
}

/** Commands of administrators for hosts and their installations. */
export interface HostCommands {
  /** @throws HostError */
  add(host: HostSettings, by: string): Promise<void>;
  /** @throws HostError */
  remove(name: string, by: string): Promise<void>;
  /** Arms an installation. @throws HostError, also when its preseed has errors */
  install(
    name: string,
    options: { readonly profile?: string | undefined; readonly retries: number },
    by: string,
  ): Promise<ArmedInstall>;
  /** Cancels an installation, or forgets that one has ended. @throws HostError */
  cancel(name: string, by: string): Promise<Install>;
}

export interface HostCommandsOptions extends InstallContext {
  readonly hosts: HostIndex;
  readonly store: InstallStore;
  readonly preseeds: HostPreseeds;
}

export function createHostCommands({
  settings,
  logger,
  now,
  hosts,
  store,
  preseeds,
}: HostCommandsOptions): HostCommands {
  return {
    async add(host, by) {
      const { db } = store;
      const { boot, profile } = host;
      if (boot === 'install') {
        const hint = `add it, and then run "pxeboot hosts install ${host.name}"`;
        throw new HostError('invalid', 'boot: install is for hosts of pxeboot.yaml', hint);
      }
      const { entries, templates } = settings();
      if (boot !== 'menu' && !entries.includes(boot)) {
        throw new HostError(
          'invalid',
          `unknown entry ${boot}`,
          `expected menu, local, or an entry such as ${entries[0] ?? 'local'}`,
        );
      }
      if (profile !== undefined && !templates.has(profile)) {
        throw new HostError('invalid', `profiles has no ${profile}`, `it has ${profileNames()}`);
      }
      const same = hosts.all.find(
        ({ match }) => JSON.stringify(match) === JSON.stringify(host.match),
      );
      if (same !== undefined) {
        throw new HostError('conflict', `${same.name} matches the same machine`);
      }
      if (hosts.named(host.name) !== undefined || !(await insertHost(db, host, now()))) {
        throw new HostError('conflict', `there is already a host ${host.name}`);
      }
      await store.refresh();
      logger.info(
        { event: 'host.added', host: host.name, by },
        `${host.name}: host added by ${by}`,
      );
    },
    async remove(name, by) {
      const host = found(name);
      if (hosts.isConfigured(host)) {
        throw new HostError('conflict', `${host.name} is in pxeboot.yaml`, 'remove it there');
      }
      const key = name.toLowerCase();
      const stored = store.get(key)?.install;
      if (stored !== undefined && isActive(stored)) {
        await store.apply(key, { type: 'cancel', by, note: HOST_REMOVED });
      }
      await deleteHost(store.db, name);
      await store.refresh();
      logger.info(
        { event: 'host.removed', host: host.name, by },
        `${host.name}: host removed by ${by}`,
      );
    },
    async install(name, { profile: named, retries }, by) {
      store.assertOpen();
      const host = found(name);
      const profile = named ?? host.profile;
      if (profile === undefined) {
        throw new HostError(
          'invalid',
          `${host.name} has no profile`,
          `name one of profiles: ${profileNames()}`,
        );
      }
      const template = settings().templates.get(profile);
      if (template === undefined) {
        throw new HostError('invalid', `profiles has no ${profile}`, `it has ${profileNames()}`);
      }
      const missing = missingVariables(template, host);
      if (missing.length > 0) {
        const message = `the profile ${profile} needs the variables ${missing.join(', ')}, which ${host.name} does not have`;
        throw new HostError('invalid', message, 'add them to the variables of the host');
      }
      const key = host.name.toLowerCase();
      await store.rereadIfShared(key);
      const stored = store.get(key);
      const current = stored && afterEvent(stored.install, { type: 'tick' }, now());
      if (current?.ok === true && isActive(current.install)) {
        const message = `an installation of ${host.name} is already ${current.install.state}`;
        throw new HostError('conflict', message, `run "pxeboot hosts cancel ${host.name}" first`);
      }
      const passphrase = template.needsPassphrase ? freshPassphrase() : undefined;
      const findings = preseeds.check(template, host.name, passphrase);
      const facts = {
        ...freshIds(),
        host: host.name,
        profile,
        retries,
        ...(passphrase !== undefined && { passphrase }),
      };
      const install = armed(facts, by, now(), now() + EXPIRES_AFTER_MS);
      if (!(await store.replace({ name: key, install }, stored))) {
        throw new HostError(
          'conflict',
          `somebody else has just changed the installation of ${host.name}`,
        );
      }
      return { install, passphrase, findings };
    },
    async cancel(name, by) {
      const { install, reason } = await store.apply(found(name).name.toLowerCase(), {
        type: 'cancel',
        by,
        note: 'cancelled by hand',
      });
      if (install === undefined) {
        throw new HostError('conflict', `${name}: ${reason ?? 'nothing to cancel'}`);
      }
      return install;
    },
  };

  function found(name: string): HostSettings {
    const host = hosts.named(name);
    if (host === undefined) {
      throw new HostError('not-found', `there is no host ${name}`, 'see "pxeboot hosts list"');
    }
    return host;
  }

  function profileNames(): string {
    return [...settings().templates.keys()].join(', ') || 'none: add profiles to pxeboot.yaml';
  }
}

/** Characters of passphrases, without those that are easily confused. */
const PASSPHRASE_LETTERS = 'abcdefghijkmnpqrstuvwxyz23456789';

/** Returns a passphrase of 100 random bits, in groups that people can type. */
function freshPassphrase(): string {
  const group = (): string =>
    Array.from({ length: 5 }, () => PASSPHRASE_LETTERS[randomInt(PASSPHRASE_LETTERS.length)]).join(
      '',
    );
  return [group(), group(), group(), group()].join('-');
}
