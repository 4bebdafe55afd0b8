/** Boot servers, DHCP answers and menus that try to stop doctor: anyone on the network may answer it. */
import { describe, expect, it } from 'vitest';

import { noise } from '@pxe/local-mirror';

import { type BootFiles, MemoryBootServer } from '../../test/support/doctor/memory-boot-server.js';
import { type Finding } from '../self-check/finding.js';
import { followBoot } from './follow-boot.js';
import { grubFiles, ipxeFiles, syslinuxFiles } from './menu-files.js';
import { type Place, placeText } from './place.js';
import { READ_LIMITS } from './read-budget.js';
import { type BootTarget } from './read-offers.js';
import { signersOf } from './signature.js';

/** File names and URLs that nobody can request. */
const UNUSABLE = [
  'http://[/x',
  'http://127.0.0.1:99999/x',
  'http://a^b/x',
  'https://[::1/x',
  '//[',
  'ftp://[/x',
  '::x\u{1f4a9}',
  `::${'n'.repeat(5_000)}`,
  `127.0.0.1::${'n'.repeat(5_000)}`,
  '\u0001\u0002::x',
];

/** Follows a boot with at most 50 files; returns its findings and the number of requests. */
async function follow(
  kind: 'bios' | 'ipxe' | 'http',
  files: (base: string) => BootFiles,
  target: (base: string) => BootTarget,
): Promise<{ readonly findings: readonly Finding[]; readonly requests: number }> {
  await using server = await MemoryBootServer.start(files);
  const said: string[] = [];
  const { findings } = await followBoot(target(server.base), {
    kind,
    mac: '52:54:00:12:34:56',
    step: () => undefined,
    say: (line) => {
      said.push(line);
    },
    signal: new AbortController().signal,
    tftpPort: server.tftpPort,
    limits: { ...READ_LIMITS, files: 50 },
  });
  const requests = said.filter((line) => /^> (?:RRQ|HEAD)/.test(line)).length;
  return { findings, requests };
}

const pxelinux = (
  options: Partial<Extract<BootTarget, { transport: 'tftp' }>> = {},
): (() => BootTarget) => {
  const at = { transport: 'tftp', server: '127.0.0.1', file: 'pxelinux.0' } as const;
  return () => ({ ...at, configFile: undefined, pathPrefix: undefined, ...options });
};

const overHttp =
  (path: string) =>
  (base: string): BootTarget => ({ transport: 'http', url: `${base}/${path}` });

const biosWith = (menu: string, more: BootFiles = {}): BootFiles => ({
  'pxelinux.0': noise('pxelinux', 5_000),
  'ldlinux.c32': 'x',
  'pxelinux.cfg/default': menu,
  ...more,
});

/** Returns each text with its start, as the title of its test. */
function titled(texts: readonly string[]): readonly (readonly [title: string, text: string])[] {
  return texts.map((text) => [JSON.stringify(text.slice(0, 40)), text]);
}

const HERE: Place = { transport: 'tftp', server: '127.0.0.1', file: '' };
const CLIENT = { mac: '52:54:00:12:34:56', uuid: 'u', buildArch: 'x86_64', server: '127.0.0.1' };

describe('a boot followed by doctor', () => {
  it.each(titled(UNUSABLE))(
    'reports that nobody can request the file %s of a menu',
    async (_title, name) => {
      const menu = `LABEL x\n  LINUX ${name}\n  INITRD ${name}\nINCLUDE ${name}\n`;
      const { findings } = await follow('bios', () => biosWith(menu), pxelinux());
      expect(findings.map(({ rule }) => rule)).toContain('missing-file');
    },
  );

  it.each(titled(UNUSABLE))('continues after options 209 and 210 with %s', async (_title, name) => {
    for (const options of [{ configFile: name }, { pathPrefix: name }]) {
      const { findings } = await follow('bios', () => biosWith(''), pxelinux(options));
      expect(findings.map(({ rule }) => rule)).toMatchObject([
        expect.stringMatching(/^missing-(?:menu|ldlinux)$/),
      ]);
    }
  });

  it.each(['http://[', 'http://127.0.0.1:99999/x', 'http://'])(
    'reports that %s is not a URL',
    async (url) => {
      const target = (): BootTarget => ({ transport: 'http', url });
      const { findings } = await follow('http', () => ({}), target);
      expect(findings).toMatchObject([
        { rule: 'missing-loader', what: `the boot file ${url} is not a valid URL` },
      ]);
    },
  );

  it('reports a boot file with a name too long for TFTP', async () => {
    const { findings, requests } = await follow(
      'bios',
      () => ({}),
      pxelinux({ file: 'n'.repeat(3_000) }),
    );
    expect(findings.map(({ rule }) => rule)).toEqual(['missing-loader']);
    expect(requests).toBe(0);
  });

  it.each(
    titled([
      'kernel tftp://127.0.0.1/%zz',
      'kernel tftp://127.0.0.1/%00',
      'kernel tftp:///x',
      `kernel tftp://127.0.0.1/${'n'.repeat(5_000)}`,
      'kernel http://[',
      'set a x\nset a ${a}${a}\n'.concat('set a ${a}${a}\n'.repeat(64), 'kernel ${a}'),
    ]),
  )('continues after a script of iPXE with %s', async (_title, script) => {
    const files = { 'menu.ipxe': `#!ipxe\n${script}\ninitrd missing\n` };
    const { findings } = await follow('ipxe', () => files, overHttp('menu.ipxe'));
    expect(findings.map(({ rule }) => rule)).toContain('missing-file');
  });

  it('requests a limited number of files, however many menus include one another', async () => {
    const names = Array.from({ length: 200 }, (_, index) => `m${index}.cfg`);
    const menu = names.map((name) => `INCLUDE ${name}`).join('\n');
    const more = Object.fromEntries(names.map((name) => [name, `LABEL ${name}\n  LINUX ${name}`]));
    const bios = await follow('bios', () => biosWith(menu, more), pxelinux());
    // The boot file is read several times, with different options.
    expect(bios.requests).toBeGreaterThanOrEqual(50);
    expect(bios.requests).toBeLessThan(60);
    expect(bios.findings).toMatchObject([{ rule: 'not-everything-checked', severity: 'warning' }]);

    const chain = (from: number): string =>
      names
        .slice(from, from + 40)
        .map((name) => `chain ${name}\n`)
        .join('');
    const scripts = Object.fromEntries(
      names.map((name, index) => [name, `#!ipxe\n${chain((40 * index + 40) % 160)}`]),
    );
    const ipxe = await follow('ipxe', () => scripts, overHttp('m0.cfg'));
    expect(ipxe.requests).toBe(50);
    expect(ipxe.findings).toMatchObject([{ rule: 'not-everything-checked', severity: 'warning' }]);
  });

  it('keeps at most a few megabytes of menus', async () => {
    const names = Array.from({ length: 100 }, (_, index) => `m${index}.cfg`);
    const menu = names.map((name) => `INCLUDE ${name}`).join('\n');
    const more = Object.fromEntries(names.map((name) => [name, '#'.repeat(1_000_000)]));
    const { findings, requests } = await follow('bios', () => biosWith(menu, more), pxelinux());
    expect(requests).toBeLessThan(20);
    expect(findings.map(({ rule }) => rule)).toEqual(['not-everything-checked']);
  });
});

describe('files of menus', () => {
  const texts = (places: readonly Place[]): readonly string[] => places.map(placeText);

  it('are named, whatever a menu contains', () => {
    for (const name of UNUSABLE) {
      const prefix: Place = { transport: 'http', url: 'http://127.0.0.1/' };
      expect(syslinuxFiles(`LABEL x\nLINUX ${name}`, prefix, () => undefined).menus).toEqual([]);
    }
    expect(texts(grubFiles('linux (http,a:99999)/x', HERE, CLIENT).kernels)).toEqual([
      'http://a:99999/x',
    ]);
  });

  it('are left out if their variables expand to very long names', () => {
    const doubled = `set a 0123456789\n${'set a ${a}${a}\n'.repeat(40)}kernel \${a}\n`;
    expect(ipxeFiles(doubled, 'http://127.0.0.1/x', CLIENT).kernels).toEqual([]);
    const once = 'set a linux\nkernel ${a}\n';
    expect(texts(ipxeFiles(once, 'http://127.0.0.1/x', CLIENT).kernels)).toEqual([
      'http://127.0.0.1/linux',
    ]);
  });
});

describe('signers of an EFI program', () => {
  it('take little memory, however many elements the signatures have', () => {
    const table = Buffer.alloc(8 * 1024 * 1024);
    table.writeUInt32LE(table.length, 0);
    const before = process.resourceUsage().maxRSS;
    // The message is a sequence of four million empty elements.
    expect(signersOf(table)).toEqual([]);
    expect(process.resourceUsage().maxRSS - before).toBeLessThan(100 * 1024);
  });
});
