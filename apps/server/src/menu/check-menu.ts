import { type ImageSelection, type StoredTarget } from '@pxe/debian-netboot';
import { safeRenderSyslinux, validateMenu } from '@pxe/syslinux-menu';
import { safeRenderGrub } from '@pxe/syslinux-menu/grub';
import { safeRenderIpxe } from '@pxe/syslinux-menu/ipxe';

import { type ServerConfig } from '../config/schema.js';
import { ConfigError, type ConfigProblem } from '../errors.js';
import { bootMenu, entryIds } from './boot-menu.js';

/**
 * Checks that the configured menu can be rendered for every boot loader before any machine requests it.
 *
 * @throws ConfigError naming the settings that prevent it
 */
export function checkMenuSettings({ menu, kernelArgs, images }: ServerConfig): void {
  const targets = images.flatMap(sampleTargets);
  const sample = bootMenu(targets, ['amd64', 'arm64', 'i386'], { ...menu, kernelArgs });
  const rendered = [safeRenderSyslinux(sample), safeRenderGrub(sample), safeRenderIpxe(sample)];
  // A renderer drops what it cannot express; here the settings can still be changed.
  const messages = [
    ...validateMenu(sample).filter(({ severity }) => severity === 'error'),
    ...rendered.flatMap(({ findings }) =>
      findings.filter(({ severity, code }) => severity === 'error' || LEAVES_OUT.has(code)),
    ),
  ];
  const problems: ConfigProblem[] = [...new Map(messages.map((item) => [item.message, item]))].map(
    ([message, { path = '' }]) => ({
      key: path === 'title' ? 'menu.title' : 'kernelArgs',
      source: 'boot menu',
      message,
    }),
  );
  const ids = entryIds(sample.items);
  if (!ids.includes(menu.default)) {
    problems.push({
      key: 'menu.default',
      source: 'boot menu',
      message: `unknown entry (got ${JSON.stringify(menu.default)}); entries are ${ids.slice(0, 4).join(', ')}... and local`,
    });
  }
  if (problems.length > 0) {
    throw new ConfigError(problems);
  }
}

/** Codes of the findings for which a renderer drops an entry. */
const LEAVES_OUT: ReadonlySet<string> = new Set([
  'command-line-too-long',
  'line-too-long',
  'inexpressible-word',
  'unusable-file-name',
]);

/** Returns sample images for a selection, with everything that a menu needs of stored ones. */
function sampleTargets({ suite, arch, variants }: ImageSelection): StoredTarget[] {
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
  }));
}
