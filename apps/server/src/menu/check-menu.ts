import { type ImageSelection, type StoredTarget } from '@pxe/debian-netboot';
import {
  type Diagnostic,
  type Menu,
  type MenuItem,
  safeRenderSyslinux,
  validateMenu,
} from '@pxe/syslinux-menu';
import { safeRenderGrub } from '@pxe/syslinux-menu/grub';
import { safeRenderIpxe } from '@pxe/syslinux-menu/ipxe';

import { ownEntries } from '../config/own-entries.js';
import { suggestion } from '../config/problems.js';
import { type ServerConfig } from '../config/schema.js';
import { selectedImages } from '../config/selected-images.js';
import { ConfigError, type ConfigProblem } from '../errors.js';
import { MENU_PLAN } from '../hosts/boot-plan.js';
import { bootMenu, entryIds, LOCAL_DISK_ID } from './boot-menu.js';
import { sampleItems } from './own-items.js';
import { INSTALL, plannedMenu } from './planned-menu.js';

/**
 * Checks that the configured menu can be rendered for every boot loader before any machine requests it.
 *
 * @throws {@link ConfigError} naming the settings that prevent it
 */
export function checkMenuSettings(config: ServerConfig): void {
  const { menu } = config;
  const sample = sampleMenu(config);
  const items = new Map(sample.items.map((item, index) => [`items[${index}]`, item]));
  const own = ownEntries(menu.entries).map(({ id }) => id);
  const problems: ConfigProblem[] = faultsOf(sample).map(({ message, path = '' }) => ({
    key: keyOf(path, items, own),
    source: 'boot menu',
    message,
  }));
  const ids = entryIds(sample.items);
  if (!ids.includes(menu.default)) {
    problems.push({
      key: 'menu.default',
      source: 'boot menu',
      message: `unknown entry ${JSON.stringify(menu.default)}; entries are ${ids.slice(0, 4).join(', ')}... and local`,
    });
  }
  problems.push(...hostProblems(config, ids));
  if (problems.length > 0) {
    throw new ConfigError(problems);
  }
}

/** Returns the menu of the configured images and entries, as if every loader could start all of them. */
function sampleMenu(config: ServerConfig): Menu {
  const { menu, kernelArgs } = config;
  const targets = selectedImages(config).flatMap(sampleTargets);
  const own = sampleItems(ownEntries(menu.entries));
  return bootMenu(targets, ['amd64', 'arm64', 'i386'], { ...menu, kernelArgs, own });
}

/**
 * Returns the key of the setting that a finding is about.
 *
 * @param path - path in the menu
 * @param items - items of the menu by path
 * @param own - ids of the extra entries
 */
function keyOf(path: string, items: ReadonlyMap<string, MenuItem>, own: readonly string[]): string {
  const item = items.get(/^items\[\d+\]/.exec(path)?.[0] ?? '');
  const index = item === undefined || item.type === 'separator' ? -1 : own.indexOf(item.id);
  if (index >= 0) {
    return `menu.entries[${index}]`;
  }
  return path === 'title' ? 'menu.title' : 'kernelArgs';
}

/**
 * Returns findings about parts of a menu that at least one boot loader cannot show; each message appears
 * once.
 */
function faultsOf(menu: Menu): readonly Diagnostic[] {
  const rendered = [safeRenderSyslinux(menu), safeRenderGrub(menu), safeRenderIpxe(menu)];
  // A renderer leaves out what it cannot express, but here the settings can still be changed.
  const faults = [
    ...validateMenu(menu).filter(({ severity }) => severity === 'error'),
    ...rendered.flatMap(({ findings }) =>
      findings.filter(({ severity, code }) => severity === 'error' || LEAVES_OUT.has(code)),
    ),
  ];
  return [...new Map(faults.map((fault) => [fault.message, fault])).values()];
}

/** Returns the ids of all entries of the configured images, and of the local disk. */
export function configuredEntries(config: ServerConfig): readonly string[] {
  return entryIds(sampleMenu(config).items);
}

/** Maximum number of problems with hosts to report, since the same mistake is often made in all of them. */
const MAX_HOST_PROBLEMS = 20;

function hostProblems(
  { hosts = [], unknown, profiles = {}, state, menu, kernelArgs, images }: ServerConfig,
  ids: readonly string[],
): readonly ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  const put = (key: string, message: string): void => {
    if (problems.length < MAX_HOST_PROBLEMS) {
      problems.push({ key, source: 'boot menu', message });
    }
  };
  const names = Object.keys(profiles);
  const checkProfile = (key: string, boot: string, profile: string | undefined): void => {
    if (profile !== undefined && !names.includes(profile)) {
      put(
        `${key}.profile`,
        `unknown profile ${profile}${suggestion(profile, names) || `; profiles are ${names.join(', ') || 'none'}`}`,
      );
    }
    if (boot === INSTALL && profile === undefined) {
      put(`${key}.profile`, 'boot: install needs a profile');
    }
    if (boot === INSTALL && state === 'off') {
      put(
        `${key}.boot`,
        'install needs the database, which keeps track of installations: set state to on',
      );
    }
  };
  const entries = ['menu', LOCAL_DISK_ID, INSTALL, ...ids.filter((id) => id !== LOCAL_DISK_ID)];
  const checkBoot = (key: string, boot: string): void => {
    if (!entries.includes(boot)) {
      const examples = `; entries are ${entries.slice(0, 5).join(', ')}...`;
      put(key, `unknown entry ${JSON.stringify(boot)}${suggestion(boot, entries) || examples}`);
    }
  };
  checkBoot('unknown.boot', unknown.boot);
  checkProfile('unknown', unknown.boot, unknown.profile);
  /** Findings about the menus that have already been checked, by the settings that each menu is made from. */
  const known = new Map<string, readonly Diagnostic[]>();
  for (const [index, host] of hosts.entries()) {
    const key = `hosts[${index}]`;
    checkBoot(`${key}.boot`, host.boot);
    checkProfile(key, host.boot, host.profile);
    const offered = images.filter(
      ({ suite, arch }) => (host.suite ?? suite) === suite && (host.arch ?? arch) === arch,
    );
    const [first] = offered;
    if (first === undefined) {
      const combination = [host.suite, host.arch].filter((part) => part !== undefined).join(' ');
      const configured = [...new Set(images.map(({ suite, arch }) => `${suite} ${arch}`))];
      put(
        host.suite === undefined ? `${key}.arch` : `${key}.suite`,
        `images has no ${combination}; it has ${configured.join(', ')}`,
      );
      continue;
    }
    const boots = host.boot === 'menu' || host.boot === LOCAL_DISK_ID;
    const isOwn = ownEntries(menu.entries).some(({ id }) => id === host.boot);
    if (!boots && !isOwn && ids.includes(host.boot) && !isOffered(host.boot, offered)) {
      put(`${key}.boot`, `the entry ${host.boot} does not match the suite and arch of this host`);
    }
    const { title, kernelArgs: own } = host;
    if (title === undefined && own === undefined) {
      continue;
    }
    const made = JSON.stringify([title, own, first.suite, first.arch]);
    const faults =
      known.get(made) ??
      faultsOf(
        plannedMenu(
          sampleTargets(first),
          [first.arch],
          { ...menu, kernelArgs },
          { ...MENU_PLAN, host: host.name, title, kernelArgs: own },
        ),
      );
    known.set(made, faults);
    for (const { message, path = '' } of faults) {
      put(`${key}.${path === 'title' ? 'title' : 'kernelArgs'}`, message);
    }
  }
  return problems;
}

function isOffered(id: string, images: readonly ImageSelection[]): boolean {
  return images.some(({ suite, arch }) => id.startsWith(`${suite}-${arch}-`));
}

/** Codes of the findings for which a renderer leaves out an entry. */
const LEAVES_OUT: ReadonlySet<string> = new Set([
  'command-line-too-long',
  'line-too-long',
  'inexpressible-word',
  'unusable-file-name',
]);

/**
 * Returns sample images for a selection, with everything that a menu needs to know about stored images.
 */
function sampleTargets({ suite, arch, variants, firmware = [] }: ImageSelection): StoredTarget[] {
  const file = { sha256: '0'.repeat(64), size: 0 };
  return variants.map((variant) => ({
    suite,
    arch,
    variant,
    build: '20250101+deb00u00',
    version: '00.00',
    kernelVersion: '0.0.0-00-sample',
    abi: 'ok',
    carriedOver: false,
    releaseDate: '2025-01-01T00:00:00.000Z',
    files: { linux: file, 'initrd.gz': file },
    ...(firmware.length > 0 && { firmware: { packages: [], file } }),
  }));
}
