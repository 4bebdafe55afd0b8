import { type Arch, type EfiLoaders, type GenerationManifest } from '@pxe/debian-netboot';
import { type PathResolver } from '@pxe/syslinux-menu';
import { grubPaths, type GrubServer, renderGrub, renderGrubTheme } from '@pxe/syslinux-menu/grub';

import { type MemoryContent, textContent } from '../content/content.js';
import { MENU_PLAN } from '../hosts/boot-plan.js';
import { LOCAL_DISK_ID } from '../menu/boot-menu.js';
import { serialConsole } from '../menu/kernel-command-line.js';
import { grubPlatform } from '../menu/own-items.js';
import { menuSettingsOf, plannedMenu } from '../menu/planned-menu.js';
import {
  type BootFileSettings,
  type ClientClass,
  findingsOf,
  isImageFile,
  menuFor,
} from './settings.js';

/** Returns the path of the configuration that the signed GRUB loads: its folder is built into the binary. */
export function grubConfigPath(arch: Arch): string {
  return `/debian-installer/${arch}/grub/grub.cfg`;
}

/** Folder with the machine's MAC address, which GRUB fills in. */
const MACHINE_FOLDER = '/m/${net_default_mac}';

/** Offset of the UUID in the SMBIOS structure of type 1 (SMBIOS 3.7, 7.2). */
const UUID_OFFSET = 8;

/** GRUB variable that a machine's own part of the configuration sets if that part contains a menu. */
const OWN_MENU = 'pxeboot_menu';

/**
 * Renders `grub.cfg` for UEFI machines of one architecture. It loads the machine's own part of the
 * configuration; unless that contains a menu, the menu of unknown machines follows.
 */
export function grubConfig(
  client: ClientClass,
  manifest: GenerationManifest,
  settings: BootFileSettings,
  loaders: EfiLoaders,
): MemoryContent {
  // The machine's part exists for every machine, since GRUB would report a missing file as an error.
  const path =
    pathsOf(client, loaders)(`${MACHINE_FOLDER}/${loaders.arch}/\${uuid}.cfg`, 'program') ?? '';
  const lines = [
    `smbios --type 1 --get-uuid ${UUID_OFFSET} --set=uuid`,
    `source "${path}"`,
    `if [ "$${OWN_MENU}" != own ]; then`,
    menuScript(client, manifest, settings, loaders).trimEnd(),
    'fi',
  ];
  return textContent(`${lines.join('\n')}\n`);
}

/**
 * Renders the machine's own part of `grub.cfg`: its menu if a host matches it, and otherwise
 * nothing.
 */
export function grubMachineConfig(
  client: ClientClass,
  manifest: GenerationManifest,
  settings: BootFileSettings,
  loaders: EfiLoaders,
): MemoryContent {
  if (client.plan?.host === undefined) {
    return textContent('# This machine has no settings of its own.\n');
  }
  const script = menuScript(client, manifest, settings, loaders);
  return textContent(`set ${OWN_MENU}=own\n${script}`);
}

/**
 * Renders the menu of a class of clients. Kernels and initrds are loaded over HTTP if the signed GRUB
 * supports it, otherwise over TFTP from the server that GRUB was loaded from. Their paths contain the MAC
 * address of the machine.
 */
function menuScript(
  client: ClientClass,
  manifest: GenerationManifest,
  settings: BootFileSettings,
  loaders: EfiLoaders,
): string {
  const { plan = MENU_PLAN } = client;
  const { arch } = loaders;
  const planned = plannedMenu(
    manifest.targets,
    [arch],
    menuFor('GRUB', grubPlatform(arch), manifest, settings),
    plan,
    client.origin,
  );
  const { serial: _serial, ...menu } = planned;
  const paths = pathsOf(client, loaders);
  const resolve: PathResolver = (path, role) =>
    paths(isImageFile(role) ? `${MACHINE_FOLDER}${path}` : path, role);
  // Firmware mirrors its text console to the serial port. If the kernel arguments name a serial console, GRUB
  // stays on the text console, which the port shows as well, and does not touch the port itself.
  const { kernelArgs } = menuSettingsOf(settings.menu, plan);
  const isGraphical = serialConsole(kernelArgs) === undefined && plan.boot !== LOCAL_DISK_ID;
  const folder = plan.host === undefined ? '' : `${MACHINE_FOLDER}/\${uuid}`;
  const theme = `${folder}${grubThemePath(loaders.arch)}`;
  const findings = findingsOf('GRUB', settings);
  return renderGrub(menu, { resolve, ...findings, ...(isGraphical && { theme }) });
}

/** Returns the resolver of paths that do not depend on the machine. */
function pathsOf(client: ClientClass, { hasHttp }: EfiLoaders): PathResolver {
  return grubPaths(hasHttp ? httpServer(client) : undefined);
}

/** Returns the path of GRUB's menu theme. */
export function grubThemePath(arch: Arch): string {
  return `/debian-installer/${arch}/grub/theme.txt`;
}

/** Renders GRUB's menu theme. Its picture is loaded with the same protocol as kernels. */
export function grubTheme(
  client: ClientClass,
  { targets }: GenerationManifest,
  settings: BootFileSettings,
  loaders: EfiLoaders,
): MemoryContent {
  const { plan = MENU_PLAN } = client;
  const resolve = pathsOf(client, loaders);
  const menu = plannedMenu(targets, [loaders.arch], settings.menu, plan, client.origin);
  return textContent(renderGrubTheme(menu, { resolve, ...findingsOf('GRUB', settings) }));
}

function httpServer({ origin }: ClientClass): GrubServer {
  const { hostname, port } = new URL(origin);
  return { protocol: 'http', host: hostname, ...(port !== '' && { port: Number(port) }) };
}
