import { type Arch, type EfiLoaders, type GenerationManifest } from '@pxe/debian-netboot';
import { grubPaths, type GrubServer, renderGrub, renderGrubTheme } from '@pxe/syslinux-menu/grub';

import { type MemoryContent, textContent } from '../content/content.js';
import { bootMenu } from '../menu/boot-menu.js';
import { serialConsole } from '../menu/kernel-command-line.js';
import { type BootFileSettings, type ClientClass, findingsOf } from './settings.js';

/** Path of the configuration of GRUB's signed binary, which embeds this prefix. */
export function grubConfigPath(arch: Arch): string {
  return `/debian-installer/${arch}/grub/grub.cfg`;
}

/**
 * Renders `grub.cfg` for the UEFI of one architecture. Kernels and initrds are loaded by HTTP if the signed
 * GRUB supports it, otherwise by TFTP from the server that GRUB was loaded from.
 */
export function grubConfig(
  client: ClientClass,
  { targets }: GenerationManifest,
  settings: BootFileSettings,
  { arch, hasHttp }: EfiLoaders,
): MemoryContent {
  const { serial: _serial, ...menu } = bootMenu(targets, [arch], settings.menu);
  const resolve = grubPaths(hasHttp ? httpServer(client) : undefined);
  // Firmware mirrors its text console to the serial port. If one is used, GRUB stays on that console,
  // visible there, and does not touch the port.
  const theme = grubThemePath(arch);
  const isGraphical = serialConsole(settings.menu.kernelArgs) === undefined;
  const findings = findingsOf('GRUB', settings);
  return textContent(renderGrub(menu, { resolve, ...findings, ...(isGraphical && { theme }) }));
}

/** Path of the theme of GRUB's menu. */
export function grubThemePath(arch: Arch): string {
  return `/debian-installer/${arch}/grub/theme.txt`;
}

/** Renders the theme of GRUB's menu; the picture is loaded like kernels. */
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
