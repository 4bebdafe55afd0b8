/** Each rule of doctor, with a fault that it finds and a near miss that it does not report. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type RequestListener, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { beforeAll, describe, expect, it } from 'vitest';

import { OptionCode } from '@pxe/dhcp-protocol';
import { biosKernel, efiProgram, noise } from '@pxe/local-mirror';
import { freeTcpPort, freeUdpPorts, lacks } from '@pxe/test-host';
import { TftpError } from '@pxe/tftp-protocol/node';

import { madeUpOffer, type OfferFields } from '../../test/support/doctor/made-up-offers.js';
import { type BootFiles, MemoryBootServer } from '../../test/support/doctor/memory-boot-server.js';
import { signedMessage, signedProgram } from '../../test/support/doctor/signed-program.js';
import { obstacleOf } from '../dhcp/server-addresses.js';
import { type Finding, type Rule } from '../self-check/finding.js';
import { findLink } from '../self-check/link.js';
import { type LocalFacts, localFindings } from '../self-check/local-findings.js';
import { type Ipv6Answers } from './ask-ipv6.js';
import { type ClientKind } from './client-kind.js';
import { followBoot } from './follow-boot.js';
import { failedReadFinding } from './http-findings.js';
import { ipv6Findings } from './ipv6-report.js';
import { loadByTftp } from './load-by-tftp.js';
import { READ_LIMITS, type ReadLimits } from './read-budget.js';
import { readLoader } from './read-loader.js';
import { readOffers } from './read-offers.js';
import { type Routers } from './routers.js';
import { serverClockFindings } from './server-clocks.js';
import {
  largeBlockFindings,
  silenceFinding,
  usualBlockFindings,
  windowFindings,
} from './tftp-findings.js';
import { type TftpResult } from './tftp-reads.js';
import { hiddenServerFindings, nothingCheckedFindings } from './unseen-dhcp.js';

type Findings = readonly Finding[] | Promise<readonly Finding[]>;

interface RuleCase {
  readonly fault: () => Findings;
  readonly nearMiss: () => Findings;
}

const SERVER = '127.0.0.1';
const { signal } = new AbortController();

/** PKCS #7 messages from the authority that firmware trusts and from another one. */
let microsoft: Buffer;
let lab: Buffer;

// --- link

async function findingsOfLink(
  name: string,
  states: Readonly<Record<string, string>> = {},
): Promise<readonly Finding[]> {
  const system = await mkdtemp(join(tmpdir(), 'pxeboot-link-'));
  for (const [device, state] of Object.entries(states)) {
    await mkdir(join(system, device));
    await writeFile(join(system, device, 'operstate'), `${state}\n`);
  }
  const found = await findLink(name, system);
  await rm(system, { recursive: true });
  return 'finding' in found ? [found.finding] : [];
}

// --- this host

const IMAGE = {
  suite: 'trixie',
  arch: 'amd64',
  variant: 'text',
  modules: 'ok',
  damaged: false,
  releaseDate: '2026-09-12T07:55:41.000Z',
  ageSeconds: 60,
};
const DAY_S = 24 * 60 * 60;

function localWith(changes: Partial<LocalFacts>): readonly Finding[] {
  return localFindings({
    obstacle: undefined,
    images: { ready: true, images: [IMAGE] },
    dataDir: '/var/lib/pxeboot',
    freeBytes: 1024 ** 3,
    allow: undefined,
    link: undefined,
    now: new Date('2026-10-01'),
    ...changes,
  });
}

function withImage(changes: Partial<typeof IMAGE>, ready = true): readonly Finding[] {
  return localWith({ images: { ready, images: [{ ...IMAGE, ...changes }] } });
}

const link = { name: 'eth0', address: '192.0.2.9', cidr: '192.0.2.9/24', mac: '', mtu: 1500 };

// --- DHCP

interface Answers {
  readonly kind?: ClientKind;
  /** Address of the expected boot server. */
  readonly expected?: string;
  /** Answer from the boot server on port 4011; `silent` if one is announced but does not answer. */
  readonly bootServer?: OfferFields | 'silent';
}

function offered(offers: readonly OfferFields[], answers: Answers = {}): readonly Finding[] {
  const { kind = 'bios', expected, bootServer } = answers;
  return readOffers(
    kind,
    {
      offers: offers.map(madeUpOffer),
      referral: bootServer === undefined ? undefined : { address: '192.0.2.9', item: undefined },
      acknowledgement:
        bootServer === undefined || bootServer === 'silent' ? undefined : madeUpOffer(bootServer),
    },
    expected,
  ).findings;
}

const PXE = [OptionCode.vendorClass, 'PXEClient'] as const;
const HTTP = [OptionCode.vendorClass, 'HTTPClient'] as const;
const HTTP_URL = 'http://192.0.2.9/x.efi';
const PROXY = { from: '192.0.2.2', file: 'x.0', isProxy: true };

const HOLDER = { program: 'dhcpd', pid: 7 };
const SILENCE = { offers: [], referral: undefined, acknowledgement: undefined };

// --- IPv6

function withRouter(): Routers {
  const flags = { isManaged: false, hasOther: false };
  const router = { address: 'fe80::1', ...flags, lifetimeS: 0, prefixes: [] };
  return { source: 'advertisements', routers: [router] };
}

/** Returns the answer from a DHCPv6 server that names a boot file. */
function namingFile(givesAddress: boolean): Ipv6Answers {
  const question = { kind: 'http', isStateless: false } as const;
  const offer = {
    serverIdentifier: undefined,
    address: givesAddress ? new Uint8Array(16) : undefined,
    bootFileUrl: 'http://[fd00::1]/x',
  };
  return { questions: [question], answers: [{ ...question, from: 'fe80::2', offer }] };
}

// --- TFTP

/** Loads a file from a server that has only the files `names`. */
async function loaded(file: string, names: readonly string[]): Promise<readonly Finding[]> {
  await using server = await MemoryBootServer.start(() =>
    Object.fromEntries(names.map((name) => [name, noise(name, 5000)])),
  );
  const { findings } = await loadByTftp(SERVER, file, {
    say: () => undefined,
    signal,
    port: server.tftpPort,
  });
  return findings;
}

async function loadedFromNowhere(): Promise<readonly Finding[]> {
  const port = await freeUdpPorts();
  return (await loadByTftp(SERVER, 'x', { say: () => undefined, signal, port })).findings;
}

/** Loads a file from a server that answers each request with the same packet. */
async function loadedFromOdd(packet: Buffer): Promise<readonly Finding[]> {
  const socket = createSocket('udp4');
  socket.on('message', (_request, { port, address }) => {
    socket.send(packet, port, address);
  });
  socket.bind(0, SERVER);
  await once(socket, 'listening');
  const { port } = socket.address();
  const { findings } = await loadByTftp(SERVER, 'x', { say: () => undefined, signal, port });
  socket.close();
  return findings;
}

const TIMEOUT = new TftpError('timeout', { code: 'ERR_TFTP_TIMEOUT' });

const read = (size: number, ms: number): TftpResult => ({
  ok: true,
  read: {
    bytes: Buffer.alloc(size),
    size,
    ms,
    blksize: 1468,
    windowsize: 1,
    serverPort: 69,
    isWhole: true,
  },
});
const lost = (bytes: number): TftpResult => ({ ok: false, error: TIMEOUT, bytes, ms: 30_000 });

// --- content, menus and HTTP

const HERE = { server: SERVER, configFile: undefined, pathPrefix: undefined };

const biosFiles = (base: string): BootFiles => ({
  'pxelinux.0': noise('pxelinux', 5000),
  'ldlinux.c32': noise('ldlinux', 5000),
  'pxelinux.cfg/default': `DEFAULT x\nLABEL x\n  LINUX ${base}/linux\n  INITRD ${base}/initrd.gz\n`,
  linux: biosKernel('x'),
  'initrd.gz': noise('initrd', 5000),
});

const uefiFiles = (base: string): BootFiles => ({
  'bootnetx64.efi': signedProgram(microsoft, Buffer.from('grubx64.efi', 'utf16le')),
  'grubx64.efi': signedProgram(lab, Buffer.from('grub_x /debian-installer/amd64/grub\0')),
  'debian-installer/amd64/grub/grub.cfg': [
    `source (http,${base.slice('http://'.length)})/more.cfg`,
    "menuentry 'x' {\n  linux /linux.efi quiet\n  initrd /initrd.gz\n}\n",
  ].join('\n'),
  'more.cfg': 'set timeout=5\n',
  'linux.efi': efiProgram('amd64', 'kernel'),
  'initrd.gz': noise('initrd', 5000),
});

/** Follows a boot from a server, some of whose files are replaced; null removes a file. */
async function followed(
  kind: 'bios' | 'uefi',
  changes: (base: string) => Readonly<Record<string, Buffer | string | null>>,
  limits?: ReadLimits,
): Promise<readonly Finding[]> {
  const files = (base: string): BootFiles => {
    const all = { ...(kind === 'bios' ? biosFiles : uefiFiles)(base), ...changes(base) };
    return Object.fromEntries(
      Object.entries(all).flatMap(([name, content]) => (content === null ? [] : [[name, content]])),
    );
  };
  await using server = await MemoryBootServer.start(files);
  const file = kind === 'bios' ? 'pxelinux.0' : 'bootnetx64.efi';
  return await boot(kind, { transport: 'tftp', file, ...HERE }, server, limits);
}

/** Follows iPXE to a script that names a file; `onRequest` answers the requests for it. */
async function scripted(onRequest: RequestListener): Promise<readonly Finding[]> {
  await using server = await MemoryBootServer.start(
    () => ({}),
    (request, response) => {
      if (request.url === '/menu.ipxe') {
        answer(response, request.method, Buffer.from('#!ipxe\nkernel linux\n'));
      } else {
        onRequest(request, response);
      }
    },
  );
  return await boot('ipxe', { transport: 'http', url: `${server.base}/menu.ipxe` }, server);
}

async function boot(
  kind: ClientKind,
  target: Parameters<typeof followBoot>[0],
  { tftpPort }: MemoryBootServer,
  limits = READ_LIMITS,
): Promise<readonly Finding[]> {
  const { findings, clocks } = await followBoot(target, {
    kind,
    mac: '52:54:00:12:34:56',
    step: () => undefined,
    say: () => undefined,
    signal,
    tftpPort,
    limits,
  });
  return [...findings, ...serverClockFindings(clocks)];
}

const KERNEL = efiProgram('amd64', 'kernel');

function answer(
  response: ServerResponse,
  method: string | undefined,
  body: Buffer,
  headers: Readonly<Record<string, string | number>> = {},
  status = 200,
): void {
  response.writeHead(status, { 'Content-Length': body.length, ...headers });
  response.end(method === 'HEAD' ? undefined : body);
}

/** Returns the answers from a server whose clock is `minutes` ahead. */
const minutesAhead =
  (minutes: number): RequestListener =>
  ({ method }, response) => {
    const date = new Date(Date.now() + minutes * 60_000).toUTCString();
    answer(response, method, KERNEL, { Date: date });
  };

const loader = (kind: ClientKind, bytes: Buffer, name = 'x.efi'): readonly Finding[] =>
  readLoader(kind, name, bytes).findings;

const intact = (): Findings => followed('bios', () => ({}));
const intactUefi = (): Findings => followed('uefi', () => ({}));

/**
 * Test case for a boot file whose wrong name is recognisable by itself; a file with a similar name exists.
 */
const named = (wrong: string, right: string): RuleCase => ({
  fault: () => loaded(wrong, ['lpxelinux.0', 'bootnetx64.efi']),
  nearMiss: () => loaded(right, [right]),
});

const CASES = {
  'no-interface': {
    fault: () => findingsOfLink('eth9', { eth90: 'up' }),
    nearMiss: () => findingsOfLink('lo'),
  },
  'link-down': {
    fault: () => findingsOfLink('eth9', { eth9: 'lowerlayerdown' }),
    nearMiss: () => findingsOfLink('lo', { lo: 'unknown' }),
  },
  'no-address': {
    fault: () => findingsOfLink('eth9', { eth9: 'up' }),
    nearMiss: () => findingsOfLink('lo', { lo: 'up' }),
  },

  'own-ports': {
    fault: () =>
      localWith({ obstacle: obstacleOf({ tftp: ['192.0.2.9:6969'] }, { advertise: 'auto' }) }),
    nearMiss: () =>
      localWith({
        obstacle:
          obstacleOf({ tftp: ['[::1]:69', '192.0.2.9:69'] }, { advertise: 'auto' }) ??
          // A host port of a container forwards port 69.
          obstacleOf({ tftp: ['192.0.2.9:6969'] }, { advertise: 'http://192.0.2.1:8069' }),
      }),
  },
  'no-images': {
    fault: () => localWith({ images: { ready: false, images: [] } }),
    nearMiss: () => localWith({ images: { ready: true, images: [IMAGE] } }),
  },
  'damaged-images': {
    fault: () => withImage({ damaged: true }, false),
    nearMiss: () => withImage({ damaged: false }),
  },
  'stale-images': {
    fault: () => withImage({ modules: 'stale' }),
    nearMiss: () => withImage({ modules: 'unknown' }),
  },
  'unconfirmed-images': {
    fault: () => withImage({ ageSeconds: 14 * DAY_S + 1 }),
    nearMiss: () => withImage({ ageSeconds: 14 * DAY_S }),
  },
  'clock-behind': {
    fault: () => localWith({ now: new Date('2026-09-12T07:55:40Z') }),
    nearMiss: () => localWith({ now: new Date('2026-09-12T07:55:42Z') }),
  },
  'disk-full': {
    fault: () => localWith({ freeBytes: 1024 ** 3 - 1 }),
    nearMiss: () => localWith({ freeBytes: 1024 ** 3 }),
  },
  'outside-allow-list': {
    fault: () => localWith({ allow: ['192.0.2.0/29'], link }),
    nearMiss: () => localWith({ allow: ['192.0.2.0/28'], link }),
  },

  'no-dhcp': { fault: () => offered([]), nearMiss: () => offered([{ file: 'x.0' }]) },
  'no-lease': { fault: () => offered([PROXY]), nearMiss: () => offered([{}, PROXY]) },
  'two-dhcp-servers': {
    fault: () => offered([{ file: 'x.0' }, { file: 'x.0', from: '192.0.2.2' }]),
    // A server that answers twice, from two of its addresses.
    nearMiss: () =>
      offered(
        ['192.0.2.1', '192.0.2.2'].map((from) => ({
          from,
          file: 'x.0',
          options: [[OptionCode.serverIdentifier, '\xc0\0\x02\x01']] as const,
        })),
      ),
  },
  'dhcp-on-this-host': {
    fault: () => hiddenServerFindings(new Map([['bios', SILENCE]]), HOLDER),
    nearMiss: () =>
      hiddenServerFindings(
        new Map([
          ['bios', SILENCE],
          ['uefi', { ...SILENCE, offers: [madeUpOffer({})] }],
        ]),
        HOLDER,
      ),
  },
  'nothing-checked': {
    fault: () => nothingCheckedFindings(undefined, []),
    nearMiss: () => nothingCheckedFindings('192.0.2.9', []),
  },
  contradiction: {
    fault: () => offered([{ file: 'x.0' }, { ...PROXY, file: 'y.0' }]),
    nearMiss: () => offered([{ file: 'x.0' }, PROXY]),
  },
  'two-proxies': {
    fault: () => offered([{}, PROXY, { ...PROXY, from: '192.0.2.3', file: 'y.0' }]),
    nearMiss: () => offered([{}, PROXY, { ...PROXY, from: '192.0.2.3' }]),
  },
  'silent-boot-server': {
    fault: () => offered([{ options: [PXE] }], { bootServer: 'silent' }),
    nearMiss: () => offered([{ options: [PXE] }], { bootServer: { ...PROXY } }),
  },
  'no-boot-file': { fault: () => offered([{}]), nearMiss: () => offered([{ file: 'x.0' }]) },
  'swapped-options': {
    fault: () => offered([{ file: '192.0.2.9', options: [[66, 'x.0']] }]),
    nearMiss: () => offered([{ file: 'x.0', options: [[66, '192.0.2.9']] }]),
  },
  'quoted-file-name': {
    fault: () => offered([{ file: '"x.0"' }]),
    nearMiss: () => offered([{ file: "it's-x.0" }]),
  },
  'padded-file-name': {
    fault: () => offered([{ file: 'x.0 ' }]),
    nearMiss: () => offered([{ file: 'my files/x.0' }]),
  },
  'url-as-file-name': {
    fault: () => offered([{ file: HTTP_URL }]),
    nearMiss: () => offered([{ file: HTTP_URL }], { kind: 'ipxe' }),
  },
  'url-in-option-66': {
    fault: () => offered([{ file: 'x.0', options: [[66, 'tftp://192.0.2.9']] }]),
    nearMiss: () => offered([{ file: 'x.0', options: [[66, 'tftp.example']] }]),
  },
  'loopback-server': {
    fault: () => offered([{ file: 'x.0', nextServer: '127.0.1.1' }]),
    nearMiss: () => offered([{ file: 'x.0', nextServer: '128.0.1.1' }]),
  },
  'other-server': {
    fault: () => offered([{ file: 'x.0' }], { expected: '192.0.2.8' }),
    nearMiss: () => offered([{ file: 'x.0' }], { expected: '192.0.2.9' }),
  },
  'no-next-server': {
    fault: () => offered([{ file: 'x.0', nextServer: '0.0.0.0' }]),
    nearMiss: () => offered([{ file: 'x.0', nextServer: '0.0.0.0', options: [[66, '192.0.2.9']] }]),
  },
  'two-tftp-servers': {
    fault: () => offered([{ file: 'x.0', options: [[66, '192.0.2.7']] }]),
    nearMiss: () => offered([{ file: 'x.0', options: [[66, '192.0.2.9']] }]),
  },
  'no-http-vendor-class': {
    fault: () => offered([{ file: HTTP_URL }], { kind: 'http' }),
    nearMiss: () => offered([{ file: HTTP_URL, options: [HTTP] }], { kind: 'http' }),
  },
  'no-url-for-http-boot': {
    fault: () => offered([{ file: 'x.efi', options: [HTTP] }], { kind: 'http' }),
    nearMiss: () =>
      offered([{ file: 'https://192.0.2.9/x.efi', options: [HTTP] }], { kind: 'http' }),
  },

  'dhcpv6-unannounced': {
    fault: () => ipv6Findings(withRouter(), namingFile(true)),
    // pxeboot names a URL and gives no address.
    nearMiss: () => ipv6Findings(withRouter(), namingFile(false)),
  },

  'host-unreachable': {
    fault: () => [silenceFinding(SERVER, TIMEOUT, false)],
    nearMiss: () => loaded('x', ['x']),
  },
  'tftp-blocked': {
    fault: () => [silenceFinding(SERVER, TIMEOUT, true)],
    nearMiss: () => loaded('x', ['x']),
  },
  'no-tftp-server': { fault: loadedFromNowhere, nearMiss: () => loaded('x', ['x']) },
  'tftp-failed': {
    // OACK with an option that was not requested.
    fault: () => loadedFromOdd(Buffer.from('\0\x06multicast\x001\0', 'latin1')),
    // DATA instead of OACK, from a server that does not support options.
    nearMiss: () => loadedFromOdd(Buffer.from('\0\x03\0\x01x', 'latin1')),
  },
  'large-blocks-lost': {
    fault: () => usualBlockFindings(SERVER, lost(0)),
    nearMiss: () => usualBlockFindings(SERVER, read(100_000, 100)),
  },
  'windows-lost': {
    fault: () => windowFindings(SERVER, lost(1468)),
    nearMiss: () => windowFindings(SERVER, read(50_000, 100)),
  },
  'fragments-lost': {
    fault: () => largeBlockFindings(SERVER, lost(0)),
    nearMiss: () => largeBlockFindings(SERVER, read(50_000, 100)),
  },
  'slow-tftp': {
    fault: () => usualBlockFindings(SERVER, read(500_000, 9_000)),
    nearMiss: () => usualBlockFindings(SERVER, read(400_000, 7_900)),
  },
  'missing-loader': named('nothing.0', 'something.0'),
  'wrong-name': {
    fault: () => loaded('boot/own.0', ['own.0']),
    nearMiss: () => loaded('own.0', ['own.0']),
  },
  'wrong-case': named('LPXELINUX.0', 'lpxelinux.0'),
  'directory-before-loader': named('boot/lpxelinux.0', 'lpxelinux.0'),
  'ipxe-bios-loader': named('undionly.kpxe', 'undionly.0'),
  'ipxe-efi-loader': named('ipxe-x86_64.efi', 'ipxe.pxe'),
  'removable-media-loader': named('EFI/BOOT/BOOTX64.EFI', 'boot.efi'),
  'windows-loader-bios': named('wdsnbp.com', 'wdsnbp.0'),
  'windows-loader-efi': named('bootmgfw.efi', 'bootmgf.efi'),

  'not-a-loader': {
    fault: () => loader('bios', Buffer.from('<!DOCTYPE html>'), 'x.0'),
    nearMiss: () => loader('bios', noise('x', 5000), 'x.0'),
  },
  'bios-loader-on-uefi': {
    fault: () => loader('uefi', noise('x', 5000), 'x.0'),
    nearMiss: () => loader('uefi', signedProgram(microsoft)),
  },
  'uefi-loader-on-bios': {
    fault: () => loader('bios', efiProgram('amd64', 'x')),
    nearMiss: () => loader('bios', noise('x', 5000)),
  },
  'wrong-machine-type': {
    fault: () => loader('arm64', signedProgram(microsoft)),
    nearMiss: () => loader('http', signedProgram(microsoft)),
  },
  'unsigned-loader': {
    fault: () => loader('uefi', signedProgram(lab)),
    nearMiss: () => loader('ipxe', efiProgram('amd64', 'x')),
  },
  'grub-without-shim': {
    fault: () => loader('uefi', signedProgram(lab, Buffer.from('grub_x'))),
    nearMiss: () => loader('uefi', signedProgram(microsoft, Buffer.from('grub_x'))),
  },

  'missing-ldlinux': {
    fault: () => followed('bios', () => ({ 'ldlinux.c32': null })),
    // Syslinux 4 needs no such module.
    nearMiss: () =>
      followed('bios', () => ({
        'ldlinux.c32': null,
        'pxelinux.0': Buffer.concat([noise('old', 5000), Buffer.from('PXELINUX 4.07')]),
      })),
  },
  'missing-grub': {
    fault: () => followed('uefi', () => ({ 'grubx64.efi': null })),
    nearMiss: intactUefi,
  },
  'missing-menu': {
    fault: () => followed('uefi', () => ({ 'debian-installer/amd64/grub/grub.cfg': null })),
    // An optional part of the menu: GRUB continues without it.
    nearMiss: () => followed('uefi', () => ({ 'more.cfg': null })),
  },
  'missing-file': {
    fault: () => followed('bios', () => ({ 'initrd.gz': null })),
    nearMiss: intact,
  },
  'tftp-stopped': {
    fault: () =>
      followed('bios', () => ({ 'pxelinux.cfg/default': 'LABEL x\n  LINUX 127.0.0.2::linux\n' })),
    nearMiss: () =>
      followed('bios', () => ({ 'pxelinux.cfg/default': 'LABEL x\n  LINUX 127.0.0.1::linux\n' })),
  },
  'not-everything-checked': {
    // The loader does not count towards the limit: three files are ldlinux.c32, the menu and the kernel.
    fault: () => followed('bios', () => ({}), { ...READ_LIMITS, files: 3 }),
    nearMiss: () => followed('bios', () => ({}), { ...READ_LIMITS, files: 4 }),
  },
  'not-a-kernel': {
    fault: () => followed('bios', () => ({ linux: efiProgram('arm64', 'kernel') })),
    nearMiss: intact,
  },

  'no-http-server': {
    fault: async () => {
      const port = await freeTcpPort();
      return followed('bios', () => ({
        'pxelinux.cfg/default': `LABEL x\n  LINUX http://${SERVER}:${port}/linux\n`,
      }));
    },
    nearMiss: intact,
  },
  'http-unreachable': {
    fault: () => scripted(({ socket }) => socket.destroy()),
    nearMiss: () =>
      scripted(({ method }, response) => {
        answer(response, method, KERNEL, { Connection: 'close' });
      }),
  },
  'slow-http': {
    fault: () => [
      failedReadFinding(HTTP_URL, 9, { ok: false, reason: 'slow', received: 8, ms: 60_000 }),
    ],
    nearMiss: () =>
      scripted(({ method }, response) => {
        response.writeHead(200, { 'Content-Length': KERNEL.length });
        // Sends a packet for every few bytes.
        const sendFrom = (offset: number): void => {
          const end = offset + 64;
          if (method === 'HEAD' || end >= KERNEL.length) {
            response.end(method === 'HEAD' ? undefined : KERNEL.subarray(offset));
          } else {
            response.write(KERNEL.subarray(offset, end), () => {
              sendFrom(end);
            });
          }
        };
        sendFrom(0);
      }),
  },
  'http-redirect': {
    fault: () =>
      scripted(({ method }, response) => {
        answer(response, method, Buffer.alloc(0), { Location: 'https://192.0.2.9/' }, 301);
      }),
    nearMiss: () =>
      scripted(({ method }, response) => {
        answer(response, method, KERNEL, { Location: 'https://192.0.2.9/' });
      }),
  },
  'http-refused-file': {
    fault: () =>
      scripted(({ method }, response) => {
        answer(response, method, Buffer.alloc(0), {}, 403);
      }),
    nearMiss: () =>
      scripted(({ method, headers }, response) => {
        // Refuses only requests for a part.
        answer(response, method, KERNEL, {}, headers.range === undefined ? 200 : 416);
      }),
  },
  'no-content-length': {
    fault: () =>
      scripted((_request, response) => {
        response.writeHead(200);
        response.end(KERNEL);
      }),
    nearMiss: () =>
      scripted(({ method }, response) => {
        answer(response, method, KERNEL, { 'Accept-Ranges': 'none' });
      }),
  },
  'lengths-differ': {
    fault: () =>
      scripted(({ method }, response) => {
        answer(response, method, KERNEL, {
          'Content-Length': method === 'HEAD' ? KERNEL.length + 1 : KERNEL.length,
        });
      }),
    nearMiss: () =>
      scripted(({ method, headers }, response) => {
        answer(response, method, headers.range === undefined ? KERNEL : KERNEL.subarray(0, 100));
      }),
  },
  'truncated-file': {
    fault: () =>
      scripted(({ method }, response) => {
        response.writeHead(200, { 'Content-Length': KERNEL.length });
        if (method === 'HEAD') {
          response.end();
          return;
        }
        response.write(KERNEL.subarray(0, 3000), () => response.destroy());
      }),
    nearMiss: () =>
      scripted(({ method }, response) => {
        response.writeHead(200, { 'Content-Length': KERNEL.length });
        if (method === 'HEAD') {
          response.end();
          return;
        }
        response.write(KERNEL.subarray(0, 3000), () => {
          response.end(KERNEL.subarray(3000));
        });
      }),
  },
  'clocks-differ': {
    fault: () => scripted(minutesAhead(6)),
    nearMiss: () => scripted(minutesAhead(-4)),
  },
} as const satisfies Record<Rule, RuleCase>;

describe.skipIf(lacks('openssl'))('rules of doctor', () => {
  beforeAll(async () => {
    microsoft = await signedMessage('/CN=Microsoft UEFI CA of the lab');
    lab = await signedMessage('/CN=Lab');
  });

  describe.concurrent.each(Object.entries<RuleCase>(CASES))('%s', (rule, { fault, nearMiss }) => {
    it('is reported for its fault', async () => {
      const rules = (await fault()).map((finding) => finding.rule);
      expect([...new Set(rules)]).toEqual([rule]);
    });

    it('is not reported for a near miss', async () => {
      expect(await nearMiss()).toEqual([]);
    });
  });
});
