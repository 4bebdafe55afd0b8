import type { Arch, EfiLoaders, GenerationManifest } from '@pxe/debian-netboot';
import { expectRendered, type Menu } from '@pxe/syslinux-menu';
import { grubPaths, renderGrub } from '@pxe/syslinux-menu/grub';

import { textContent, type Content } from '../../content/content.js';
import { bootMenu } from '../../menu/boot-menu.js';
import { serialConsole } from '../../menu/kernel-command-line.js';
import type { BootClient } from '../boot-client.js';
import { bootUrl, type GeneratedFileSettings } from './settings.js';

/** Where GRUB's signed binary looks for its configuration: the prefix is part of the signature. */
export function grubConfigPath(arch: Arch): string {
  return `/debian-installer/${arch}/grub/grub.cfg`;
}

/**
 * `grub.cfg` for one architecture's UEFI: kernels and initrds come by HTTP where the signed GRUB
 * has that built in, else by TFTP from the server that it was loaded from.
 */
export function grubConfig(
  client: BootClient,
  { targets }: GenerationManifest,
  settings: GeneratedFileSettings,
  { arch, hasHttp }: EfiLoaders,
): Content {
  const { hostname, port } = bootUrl(client, settings);
  const server = {
    protocol: 'http',
    host: hostname,
    ...(port === '' ? {} : { port: Number(port) }),
  } as const;
  const shown = bootMenu(targets, [arch], settings.menu);
  // Firmware shows its own text console on its serial port: GRUB stays on it, for whoever watches
  // there, and leaves the port alone.
  const menu = serialConsole(settings.menu.kernelArgs) === undefined ? shown : textMenu(shown);
  const resolve = hasHttp ? grubPaths(server) : grubPaths();
  return textContent(expectRendered(renderGrub(menu, { resolve })));
}

/** The menu without what needs graphics or a serial driver. */
function textMenu({ serial: _serial, theme, ...menu }: Menu): Menu {
  const { background: _background, ...colours } = theme ?? {};
  return { ...menu, theme: colours };
}
