import { randomInt } from 'node:crypto';

import { host as hostSchema, type HostSettings } from '../config/hosts.js';
import { afterEvent, armed, EXPIRES_AFTER_MS, type Install, isActive } from '../hosts/install.js';
import { deleteHost, insertHost, updateHost } from '../state/install-table.js';
import { HostError } from './host-error.js';
import { type HostIndex } from './host-index.js';
import { type HostPreseeds, type PreseedPreview } from './host-preseeds.js';
import { GIVEN_VARIABLES, missingVariables } from './host-values.js';
import { HOST_REMOVED, type InstallContext } from './install-context.js';
import { freshIds, type InstallStore } from './install-store.js';
import { type PreseedFinding } from './preseed-check.js';
import { type PreseedTemplate } from './preseed.js';

/** Installation that has just been armed. */
export interface ArmedInstall {
  readonly install: Install;
  /** Passphrase of the disk, if one was generated for this installation; it is not shown again. */
  readonly passphrase: string | undefined;
  /** Findings in the preseed that do not prevent the installation. */
  readonly findings: readonly PreseedFinding[];
}

/** Change to a host: absent keys stay unchanged, and null unsets a key. */
export interface HostChange {
  readonly match?: HostSettings['match'] | undefined;
  readonly boot?: string | undefined;
  readonly profile?: string | null | undefined;
  readonly suite?: HostSettings['suite'] | null | undefined;
  readonly arch?: HostSettings['arch'] | null | undefined;
  readonly kernelArgs?: string | null | undefined;
  readonly title?: string | null | undefined;
  /** Variables by name; all others stay unchanged. */
  readonly variables?: Readonly<Record<string, string | null>> | undefined;
}

/** Profile of the configuration. */
export interface KnownProfile {
  readonly name: string;
  /**
   * Names of the variables that a host needs for the profile, in addition to those that every host has.
   */
  readonly variables: readonly string[];
  /** True if each installation gets a passphrase for its disk, which is shown once. */
  readonly makesPassphrase: boolean;
  /** Number of hosts that use the profile. */
  readonly hosts: number;
}

/** Commands of administrators for hosts and their installations. */
export interface HostCommands {
  /** Adds a host. @throws {@link HostError} when it cannot be added */
  add(host: HostSettings, by: string): Promise<void>;
  /**
   * Changes a host that was added at run time, unless it is being installed.
   *
   * @throws {@link HostError} when it cannot be changed
   */
  change(name: string, change: HostChange, by: string): Promise<void>;
  /** Returns the profiles of the configuration. */
  profiles(): readonly KnownProfile[];
  /**
   * Returns the preseed of a host without passwords or passphrases, and its problems.
   *
   * @param profile - name of a profile; undefined for that of the host
   * @throws {@link HostError} when there is no such host or profile, or the preseed cannot be rendered
   */
  preseedOf(name: string, profile: string | undefined): PreseedPreview;
  /** Removes a host that was added at run time. @throws {@link HostError} when it cannot be removed */
  remove(name: string, by: string): Promise<void>;
  /**
   * Arms an installation.
   *
   * @throws {@link HostError} when it cannot be armed, for example because the preseed has errors
   */
  install(
    name: string,
    options: { readonly profile?: string | undefined; readonly retries: number },
    by: string,
  ): Promise<ArmedInstall>;
  /**
   * Cancels an installation, or clears the result of one that has ended.
   *
   * @throws {@link HostError} when there is none
   */
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
      assertUsable(host);
      if (hosts.named(host.name) !== undefined || !(await insertHost(store.db, host, now()))) {
        throw new HostError('conflict', `there is already a host ${host.name}`);
      }
      await store.refresh();
      logger.info(
        { event: 'host.added', host: host.name, by },
        `${host.name}: host added by ${by}`,
      );
    },
    async change(name, change, by) {
      const { db } = store;
      const host = addedHost(name, 'change it there');
      const key = name.toLowerCase();
      await store.rereadIfShared(key);
      const install = store.get(key)?.install;
      if (install !== undefined && isActive(install)) {
        throw new HostError(
          'conflict',
          `an installation of ${host.name} is ${install.state} and uses its settings`,
          'cancel it first',
        );
      }
      assertUsable(changed(host, change), host);
      if (!(await updateHost(db, name, (stored) => changed(stored, change)))) {
        throw new HostError('conflict', `someone else has just changed or removed ${host.name}`);
      }
      await store.refresh();
      const keys = Object.keys(change).filter(
        (one) => change[one as keyof HostChange] !== undefined,
      );
      logger.info(
        { event: 'host.changed', host: host.name, keys, by },
        `${host.name}: ${keys.join(', ')} changed by ${by}`,
      );
    },
    profiles: () =>
      [...settings().templates].map(([name, { variables, needsPassphrase }]) => ({
        name,
        variables: variables.filter((one) => !GIVEN_VARIABLES.has(one)),
        makesPassphrase: needsPassphrase,
        hosts: hosts.all.filter(({ profile }) => profile === name).length,
      })),
    preseedOf(name, named) {
      const host = found(name);
      return preseeds.preview(usableTemplate(host, named).template, host.name);
    },
    async remove(name, by) {
      const host = addedHost(name, 'remove it there');
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
      const { profile, template } = usableTemplate(host, named);
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
          `someone else has just changed the installation of ${host.name}`,
        );
      }
      return { install, passphrase, findings };
    },
    async cancel(name, by) {
      const { install, reason } = await store.apply(found(name).name.toLowerCase(), {
        type: 'cancel',
        by,
        note: 'cancelled manually',
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

  /** Returns a host that was added at run time. @throws {@link HostError} when there is no such host */
  function addedHost(name: string, hint: string): HostSettings {
    const host = found(name);
    if (hosts.isConfigured(host)) {
      throw new HostError('conflict', `${host.name} is in pxeboot.yaml`, hint);
    }
    return host;
  }

  /**
   * Checks the settings of a host that is added or changed.
   *
   * @param before - current settings of the host, which the new ones replace
   * @throws {@link HostError} when they cannot be used
   */
  function assertUsable({ name, boot, profile, match }: HostSettings, before?: HostSettings): void {
    if (boot === 'install') {
      const hint = `run "pxeboot hosts install ${name}" for each installation`;
      throw new HostError('invalid', 'boot: install is only for hosts in pxeboot.yaml', hint);
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
      throw new HostError('invalid', `unknown profile ${profile}`, profileHint());
    }
    const same = hosts.all.find(
      (host) => host !== before && JSON.stringify(host.match) === JSON.stringify(match),
    );
    if (same !== undefined) {
      throw new HostError('conflict', `${same.name} matches the same machine`);
    }
  }

  /** Returns the template that a host is installed from. @throws {@link HostError} when it cannot be used */
  function usableTemplate(
    host: HostSettings,
    named: string | undefined,
  ): { readonly profile: string; readonly template: PreseedTemplate } {
    const profile = named ?? host.profile;
    if (profile === undefined) {
      throw new HostError('invalid', `${host.name} has no profile`, profileHint());
    }
    const template = settings().templates.get(profile);
    if (template === undefined) {
      throw new HostError('invalid', `unknown profile ${profile}`, profileHint());
    }
    const missing = missingVariables(template, host);
    if (missing.length > 0) {
      const message = `the profile ${profile} needs the variables ${missing.join(', ')}, which ${host.name} does not have`;
      throw new HostError('invalid', message, 'add them to the variables of the host');
    }
    return { profile, template };
  }

  function profileHint(): string {
    const names = [...settings().templates.keys()];
    return names.length === 0
      ? 'add profiles to pxeboot.yaml'
      : `choose one of: ${names.join(', ')}`;
  }
}

/** Applies a change to a host; a key or variable that is null is unset. */
function changed(host: HostSettings, { variables, ...change }: HostChange): HostSettings {
  const given = { ...host, ...withoutUndefined(change) };
  const values = { ...host.variables, ...variables };
  const kept = Object.entries({ ...given, variables: withoutNull(values) }).filter(
    ([, value]) => value !== null,
  );
  return hostSchema.parse(Object.fromEntries(kept));
}

function withoutUndefined(record: object): object {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined));
}

function withoutNull(record: object): object | null {
  const entries = Object.entries(record).filter(([, value]) => value !== null);
  return entries.length === 0 ? null : Object.fromEntries(entries);
}

/** Characters of passphrases: lower-case letters and digits, without those that are easily confused. */
const PASSPHRASE_LETTERS = 'abcdefghijkmnpqrstuvwxyz23456789';

/** Returns a passphrase with 100 random bits, in groups that are easy to type. */
function freshPassphrase(): string {
  const group = (): string =>
    Array.from({ length: 5 }, () => PASSPHRASE_LETTERS[randomInt(PASSPHRASE_LETTERS.length)]).join(
      '',
    );
  return [group(), group(), group(), group()].join('-');
}
