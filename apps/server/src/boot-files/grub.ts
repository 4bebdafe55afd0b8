import { type Arch, type EfiLoaders, type GenerationManifest } from '@pxe/debian-netboot';
import { type PathResolver } from '@pxe/syslinux-menu';
import { grubPaths, type GrubServer, renderGrub, renderGrubTheme } from '@pxe/syslinux-menu/grub';

import { type MemoryContent, textContent } from '../content/content.js';
import { bootMenu } from '../menu/boot-menu.js';
import { serialConsole } from '../menu/kernel-command-line.js';
import { type BootFileSettings, type ClientClass, findingsOf, isImageFile } from './settings.js';

/** Returns the path of the configuration that the signed GRUB loads: its folder is built into the binary. */
export function grubConfigPath(arch: Arch): string {
  return `/debian-installer/${arch}/grub/grub.cfg`;
}

/** Folder with the machine's identifiers, as GRUB fills them in. */
const MACHINE_FOLDER = '/m/${net_default_mac}';

/** Offset of the UUID in the SMBIOS structure of type 1 (SMBIOS 3.7, 7.2). */
const UUID_OFFSET = 8;

/**
 * Renders `grub.cfg` for the UEFI of one architecture. Kernels and initrds are loaded by HTTP if
 * the signed GRUB supports it, otherwise by TFTP from the server that GRUB was loaded from. Their
 * paths, and that of the machine's own part of the configuration, contain the machine's
 * identifiers.
 */
export function grubConfig(
  client: ClientClass,
  { targets }: GenerationManifest,
  settings: BootFileSettings,
  { arch, hasHttp }: EfiLoaders,
): MemoryContent {
  const { serial: _serial, ...menu } = bootMenu(targets, [arch], settings.menu);
  const paths = grubPaths(hasHttp ? httpServer(client) : undefined);
  const resolve: PathResolver = (path, role) =>
    paths(isImageFile(role) ? `${MACHINE_FOLDER}${path}` : path, role);
  // Firmware mirrors its text console to the serial port. If kernelArgs name a serial console, GRUB stays on
  // the text console, which the port shows as well, and does not touch the port itself.
  const theme = grubThemePath(arch);
  const isGraphical = serialConsole(settings.menu.kernelArgs) === undefined;
  const findings = findingsOf('GRUB', settings);
  const script = renderGrub(menu, { resolve, ...findings, ...(isGraphical && { theme }) });
  return textContent(`${machinePart(paths)}${script}`);
}

/**
 * Returns the lines that load the machine's own part. It exists for every machine, since GRUB would
 * report a missing one as an error.
 */
function machinePart(paths: PathResolver): string {
  const path = paths(`${MACHINE_FOLDER}/\${uuid}.cfg`, 'program') ?? '';
  return `smbios --type 1 --get-uuid ${UUID_OFFSET} --set=uuid\nsource "${path}"\n`;
}

/**
 * Renders the machine's own part of `grub.cfg`. It is empty, since there are no settings per
 * machine.
 */
export function grubMachineConfig(): MemoryContent {
  return textContent('# This machine has no settings of its own.\n');
}

/** Returns the path of GRUB's menu theme. */
export function grubThemePath(arch: Arch): string {
  return `/debian-installer/${arch}/grub/theme.txt`;
}

/** Renders GRUB's menu theme. Its picture is loaded by the same protocol as kernels. */
export function grubTheme(
  client: ClientClass,
  { targets }: GenerationManifest,
  settings: BootFileSettings,
  { arch, hasHttp }: EfiLoaders,
): MemoryContent {
  const resolve = grubPaths(hasHttp ? httpServer(client) : undefined);
  const menu = bootMenu(targets, [arch], settings.menu);
  return textContent(renderGrubTheme(menu, { resolve, ...findingsOf('GRUB', settings) }));
}

function httpServer({ origin }: ClientClass): GrubServer {
  const { hostname, port } = new URL(origin);
  return { protocol: 'http', host: hostname, ...(port !== '' && { port: Number(port) }) };
}
