import { createHash } from 'node:crypto';
import { type AddressInfo } from 'node:net';

import { type MirrorFiles } from '@pxe/debian-netboot';
import { type Diagnostic } from '@pxe/syslinux-menu';
import { type TftpQuirks } from '@pxe/tftp-protocol/node';

import { type AllowList, createAllowList } from './access/allow-list.js';
import { type AccessSettings } from './admin/access-control.js';
import { adminTokens } from './admin/admin-tokens.js';
import { type BootFileSettings, type MenuLoader } from './boot-files/settings.js';
import { namedFiles, readNamedFile } from './config/named-files.js';
import { ownEntries } from './config/own-entries.js';
import { type ServerConfig } from './config/schema.js';
import { selectedImages } from './config/selected-images.js';
import { type Hook, hooksWithSecrets } from './hooks/hook-secrets.js';
import { type BootPlan } from './hosts/boot-plan.js';
import { type Machine } from './hosts/host-table.js';
import { type ImageSettings } from './images/image-service.js';
import {
  dailyOptions,
  entryOptions,
  imageSource,
  mirrorFiles,
  trustOptions,
} from './images/image-source.js';
import { type InstallSettings } from './installs/install-context.js';
import { preseedTemplates } from './installs/profiles.js';
import { configuredEntries } from './menu/check-menu.js';
import { clientQuirks } from './tftp/client-quirks.js';

/**
 * Configuration in force, with everything derived from it. A reload replaces it as a whole; the planes read
 * it for each request, so that a request sees either the old or the new configuration.
 */
export interface LiveSettings {
  readonly config: ServerConfig;
  readonly allowList: AllowList;
  readonly access: AccessSettings;
  readonly quirks: (address: string) => TftpQuirks;
  readonly bootFiles: BootFileSettings;
  readonly images: ImageSettings;
  readonly installs: InstallSettings;
  readonly hooks: readonly Hook[];
  /** Files of the mirrors, for boot clients; undefined if they are not passed on. */
  readonly mirror: MirrorFiles | undefined;
  /** SHA-256 of each file that the configuration names, by key. */
  readonly digests: ReadonlyMap<string, string>;
}

/** Dependencies of {@link liveSettings}. */
export interface LiveSettingsParts {
  /** False if the store is read-only: another process has to refresh it. */
  readonly canRefresh: boolean;
  readonly httpAddresses: () => readonly Pick<AddressInfo, 'address' | 'port'>[];
  readonly planOf: (machine: Machine) => BootPlan;
  readonly onMenuFinding: (loader: MenuLoader, finding: Diagnostic) => void;
  readonly onError: (error: unknown) => void;
}

/**
 * Reads the files that a configuration names, and prepares what the planes need.
 *
 * @throws {@link ConfigError} when a file cannot be read or used
 */
export async function liveSettings(
  config: ServerConfig,
  { canRefresh, httpAddresses, planOf, onMenuFinding, onError }: LiveSettingsParts,
): Promise<LiveSettings> {
  const { menu, kernelArgs, advertise, access, admin, source, refresh, tftp } = config;
  // Hash the files before using them, so that the next reload detects a later change.
  const digests = await digestsOf(config);
  return {
    config,
    allowList: createAllowList(access.allow, { onError }),
    access: { ...(await adminTokens(admin)), hosts: admin.hosts },
    quirks: clientQuirks(tftp),
    bootFiles: {
      menu: { ...menu, kernelArgs },
      entries: ownEntries(menu.entries),
      planOf,
      advertise,
      httpAddresses,
      onMenuFinding,
    },
    images: {
      source: canRefresh ? await imageSource(source) : undefined,
      images: selectedImages(config),
      trust: await trustOptions(source),
      daily: await dailyOptions(source),
      ...(await entryOptions(config)),
      ...refresh,
    },
    installs: {
      hosts: config.hosts ?? [],
      unknown: config.unknown,
      templates: await preseedTemplates(config),
      entries: configuredEntries(config),
      kernelArgs: config.kernelArgs,
    },
    hooks: await hooksWithSecrets(config.hooks ?? []),
    mirror: config.http.mirror ? await mirrorFiles(source) : undefined,
    digests,
  };
}

async function digestsOf(config: ServerConfig): Promise<ReadonlyMap<string, string>> {
  const digests = new Map<string, string>();
  for (const [key, path] of namedFiles(config)) {
    // The component that uses the file will report why it cannot be read.
    const content = await readNamedFile(path).catch(() => '');
    digests.set(key, createHash('sha256').update(content).digest('hex'));
  }
  return digests;
}

/** Returns the keys whose file has changed although their value is the same. */
export function changedFiles(before: LiveSettings, after: LiveSettings): readonly string[] {
  return [...after.digests]
    .filter(([key, digest]) => before.digests.has(key) && before.digests.get(key) !== digest)
    .map(([key]) => key);
}
