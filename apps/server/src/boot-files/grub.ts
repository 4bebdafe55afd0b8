import { type Arch, type EfiLoaders, type GenerationManifest } from '@pxe/debian-netboot';
import { grubPaths, type GrubServer, renderGrub, renderGrubTheme } from '@pxe/syslinux-menu/grub';

import { type MemoryContent, textContent } from '../content/content.js';
import { bootMenu } from '../menu/boot-menu.js';
import { serialConsole } from '../menu/kernel-command-line.js';
import { type BootFileSettings, type ClientClass, findingsOf } from './settings.js';

/** Where GRUB's signed binary looks for its configuration: the prefix is part of the signature. */
export function grubConfigPath(arch: Arch): string {
  return `/debian-installer/${arch}/grub/grub.cfg`;
}

/**
 * `grub.cfg` for one architecture's UEFI: kernels and initrds come by HTTP where the signed GRUB
 * has that built in, else by TFTP from the server that it was loaded from.
 */
export function grubConfig(
  client: ClientClass,
  { targets }: GenerationManifest,
  settings: BootFileSettings,
  { arch, hasHttp }: EfiLoaders,
): MemoryContent {
  const { serial: _serial, ...menu } = bootMenu(targets, [arch], settings.menu);
  const resolve = grubPaths(hasHttp ? httpServer(client) : undefined);
  // Firmware shows its own text console on its serial port: where one is used, GRUB stays on that
  // console, for whoever watches there, and leaves the port alone.
  const theme = grubThemePath(arch);
  const isGraphical = serialConsole(settings.menu.kernelArgs) === undefined;
  const findings = findingsOf('GRUB', settings);
  return textContent(renderGrub(menu, { resolve, ...findings, ...(isGraphical && { theme }) }));
}

/** Where the look of GRUB's menu is served. */
export function grubThemePath(arch: Arch): string {
  return `/debian-installer/${arch}/grub/theme.txt`;
}

/** The look of GRUB's menu; the picture comes as kernels do. */
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
