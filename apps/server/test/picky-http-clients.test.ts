import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { lacks } from '@pxe/test-host';

import { fileAt, imageFolder, markByHttp, messagesOf, sha256 } from './support/boot-traffic.js';
import { RunningDaemon } from './support/daemon.js';
import { HttpConnection, type RawAnswer } from './support/raw-http.js';
import { TEST_STORE } from './support/test-store.js';

/** Request in a recording, with the expected response. */
interface Exchange {
  readonly request: string;
  readonly path: string;
  /** Expected status. @default 200 */
  readonly status?: number;
}

/** Recording of a client: its connections in order, each with its requests. */
interface Recording {
  readonly connections: readonly (readonly Exchange[])[];
  /** True if the server has to close each connection, because of HTTP/1.0 or `Connection: close`. */
  readonly closes: boolean;
  /** Log lines at the default level, one per file. */
  readonly log: readonly string[];
}

type Ask = (path: string, status?: number) => Exchange;

function asker(head: (path: string) => readonly string[], method = 'GET'): Ask {
  return (path, status = 200) => ({
    request: [...head(path), '', ''].join('\r\n').replace(/^GET/, method),
    path,
    status,
  });
}

/** lpxelinux.0: HTTP/1.0, one connection per file, and an inventory of the machine in cookies. */
const lpxelinux = asker((path) => [
  `GET ${path} HTTP/1.0`,
  'Host: 10.77.0.1:8069',
  'User-Agent: Syslinux/6.04',
  'Connection: close',
  'Cookie: _Syslinux_ip=ip%3D10.77.0.50:10.77.0.1:10.77.0.1:255.255.255.0;_Syslinux_BOOTIF=BOOTIF%3D01-52-54-00-12-34-56;_Syslinux_CPU=CPU%3D6FLNPXS;_Syslinux_SYSVENDOR=SYSVENDOR%3DQEMU;_Syslinux_SYSPRODUCT=SYSPRODUCT%3DStandard+PC+(i440FX+%2B+PIIX,+1996);',
]);

/** iPXE: one persistent connection. */
const ipxe = asker((path) => [
  `GET ${path} HTTP/1.1`,
  'Connection: keep-alive',
  'User-Agent: iPXE/1.0.0+git-20190125.36a4c85-5.1',
  'Host: 10.77.0.1:8069',
]);

/** GRUB's own driver: Host without the port, User-Agent, and nothing else. */
const grub = asker((path) => [
  `GET ${path} HTTP/1.1`,
  'Host: 10.77.0.1',
  'User-Agent: GRUB 2.12-9+deb13u2',
]);

/** Returns the HTTP stack of the firmware, for shim and for GRUB after an HTTP boot. */
const efi = (method: string, host = '10.77.0.1:8069'): Ask =>
  asker(
    (path) => [
      `GET ${path} HTTP/1.1`,
      `Host: ${host}`,
      'Accept: */*',
      'User-Agent: UefiHttpBoot/1.0',
    ],
    method,
  );
const sizeThenFile = (path: string, host?: string): Exchange[] => [
  efi('HEAD', host)(path),
  efi('GET', host)(path),
];

/** busybox in a rescue shell. */
const busybox = asker((path) => [
  `GET ${path} HTTP/1.1`,
  'Host: 10.77.0.1:8069',
  'User-Agent: Wget',
  'Connection: close',
]);

/** GNU wget as called by Debian's installer for a preseed file. */
const installer = asker((path) => [
  `GET ${path} HTTP/1.1`,
  'Host: 10.77.0.1:8069',
  'User-Agent: debian-installer',
  'Accept: */*',
  'Accept-Encoding: identity',
  'Connection: Keep-Alive',
]);

/** wget of U-Boot's legacy network stack. */
const uboot = asker((path) => [`GET ${path} HTTP/1.0`, 'Host: 10.77.0.1', 'User-Agent: U-Boot']);

const grubFolder = '/debian-installer/amd64/grub';
const got = (path: string, method = 'GET', status = 200): string =>
  `HTTP ${status} ${method} ${path} to 127.0.0.1`;

/** Returns recordings of the real programs in QEMU, with their addresses and order of headers. */
function recordings(image: string): Readonly<Record<string, Recording>> {
  const linux = `${image}/linux`;
  const initrd = `${image}/initrd.gz`;
  const escaped = linux.replace('+', '%2B');
  const grubFiles = ['command', 'fs', 'crypto', 'terminal'].map(
    (name) => `${grubFolder}/x86_64-efi/${name}.lst`,
  );
  const httpBootFiles = [
    ...grubFiles,
    `${grubFolder}/grub.cfg`,
    `${grubFolder}/theme.txt`,
    '/splash.png',
    linux,
    initrd,
  ];
  return {
    'lpxelinux.0': {
      connections: [[lpxelinux(linux)], [lpxelinux(initrd)]],
      closes: true,
      log: [got(linux), got(initrd)],
    },
    'lpxelinux.0 with everything over HTTP (option 210)': {
      connections: [
        [lpxelinux('/ldlinux.c32')],
        [lpxelinux('/pxelinux.cfg/b8945908-d6a6-41a9-611d-74a6ab80b83d', 404)],
        [lpxelinux('/pxelinux.cfg/01-52-54-00-12-34-56', 404)],
        [lpxelinux('/pxelinux.cfg/0A4D0032', 404)],
        [lpxelinux('/pxelinux.cfg/0', 404)],
        [lpxelinux('/pxelinux.cfg/default')],
        [lpxelinux('/vesamenu.c32')],
        [lpxelinux('/splash.png')],
      ],
      closes: true,
      log: ['/ldlinux.c32', '/pxelinux.cfg/default', '/vesamenu.c32', '/splash.png'].map((path) =>
        got(path),
      ),
    },
    iPXE: {
      connections: [['/menu.ipxe', '/ipxe/i386.ipxe', linux, initrd].map((path) => ipxe(path))],
      closes: false,
      log: ['/menu.ipxe', '/ipxe/i386.ipxe', linux, initrd].map((path) => got(path)),
    },
    "GRUB's own driver": {
      connections: [[grub(linux)], [grub(initrd)]],
      closes: false,
      log: [got(linux), got(initrd)],
    },
    'UEFI HTTP Boot': {
      connections: [
        sizeThenFile('/bootnetx64.efi', '10.77.0.1'),
        [efi('GET')('/revocations_sku.efi', 404)],
        [efi('GET')('/revocations_sbat.efi', 404)],
        [efi('GET')('/shim_certificate_0.efi', 404)],
        [efi('GET')('//grubx64.efi')],
        httpBootFiles.flatMap((path) => sizeThenFile(path)),
      ],
      closes: false,
      log: [
        got('/bootnetx64.efi', 'HEAD'),
        got('/bootnetx64.efi'),
        got('/grubx64.efi'),
        ...httpBootFiles.flatMap((path) => [got(path, 'HEAD'), got(path)]),
      ],
    },
    'UEFI HTTP Boot that names the folder of the architecture': {
      connections: [
        sizeThenFile('/debian-installer/amd64/bootnetx64.efi', '10.77.0.1'),
        [efi('GET')('/debian-installer/amd64//revocations_sku.efi', 404)],
        [efi('GET')('/debian-installer/amd64//grubx64.efi')],
      ],
      closes: false,
      log: [
        got('/debian-installer/amd64/bootnetx64.efi', 'HEAD'),
        got('/debian-installer/amd64/bootnetx64.efi'),
        got('/debian-installer/amd64/grubx64.efi'),
      ],
    },
    "busybox's wget": {
      connections: [[busybox(escaped)]],
      closes: true,
      log: [got(linux)],
    },
    "the installer's wget": {
      connections: [[installer('/preseed/none.cfg', 404), installer(escaped)]],
      closes: false,
      log: [got('/preseed/none.cfg', 'GET', 404), got(linux)],
    },
    "U-Boot's wget": {
      connections: [[uboot(linux)]],
      closes: true,
      log: [got(linux)],
    },
  };
}

/** Requirements for every response; each one matters to some client. */
function expectPlainHttp(answer: RawAnswer, { request, path, status = 200 }: Exchange): void {
  expect(answer.statusLine).toMatch(new RegExp(`^HTTP/1\\.1 ${status} \\w`));
  // GRUB requires these capitals in "Content-Length"; shim requires this header early.
  expect(answer.headers[0]).toMatch(/^Content-Length: \d+$/);
  for (const line of answer.headers) {
    // EDK2 hangs on an empty value. lpxelinux accepts lines of at most 255 characters.
    expect(line).toMatch(/^(ETag|[A-Z][a-z]+(-[A-Z][a-z]+)*): \S/);
    expect(line.length).toBeLessThan(256);
    expect(line).not.toMatch(/^(Transfer-Encoding|Content-Encoding|Location):/i);
  }
  if (status !== 200) {
    expect(answer.body.byteLength).toBeLessThan(64);
    return;
  }
  const type = answer.headers.find((line) => line.startsWith('Content-Type: '));
  if (path.endsWith('.efi')) {
    expect(type).toBe('Content-Type: application/efi');
  }
  if (request.startsWith('HEAD')) {
    expect(answer.body.byteLength).toBe(0);
  }
}

describe.skipIf(lacks('apt-get'))('boot HTTP with recorded requests', { timeout: 120_000 }, () => {
  let daemon: RunningDaemon;
  let known: Readonly<Record<string, Recording>>;

  beforeAll(async () => {
    daemon = await RunningDaemon.start(['--data-dir', TEST_STORE]);
    known = recordings(await imageFolder(daemon, 'trixie', 'text'));
  }, 120_000);

  afterAll(async () => {
    await daemon[Symbol.asyncDispose]();
  });

  async function replay({ connections, closes }: Recording): Promise<void> {
    for (const exchanges of connections) {
      await using connection = await HttpConnection.open(daemon.port('http'));
      for (const exchange of exchanges) {
        const answer = await connection.ask(exchange.request);
        expectPlainHttp(answer, exchange);
        if (exchange.status !== 200 || exchange.request.startsWith('HEAD')) {
          continue;
        }
        answers.push([exchange.path, sha256(answer.body)]);
      }
      // lpxelinux treats the end of the connection as the end of the file.
      if (closes) {
        expect(await connection.rest()).toHaveLength(0);
      }
    }
  }

  /** Hashes received by the client in this test, by path. */
  const answers: [path: string, sha256: string][] = [];

  it.each(Object.keys(recordings('')))('%s', async (name) => {
    const recording = known[name]!;
    answers.length = 0;
    const log = await messagesOf(daemon, markByHttp, recording.log.length, () => replay(recording));
    expect(log).toEqual(recording.log);
    for (const [path, hash] of new Map(answers)) {
      const bytes = await fileAt(daemon, path);
      expect(hash, path).toBe(sha256(bytes));
    }
  });

  it('keeps a connection open for firmware, even after a 404', async () => {
    await using connection = await HttpConnection.open(daemon.port('http'));
    expectPlainHttp(
      await connection.ask(efi('GET')('/revocations_sku.efi').request),
      efi('GET')('/revocations_sku.efi', 404),
    );
    expect(await connection.isKept()).toBe(true);
  });

  it('resumes by Range and If-Match, as EDK2 does', async () => {
    const whole = await fileAt(daemon, '/grubx64.efi');
    await using connection = await HttpConnection.open(daemon.port('http'));
    const head = await connection.ask(efi('HEAD')('/grubx64.efi').request);
    const etag = head.headers.find((line) => line.startsWith('ETag: '))!.slice('ETag: '.length);
    const part = await connection.ask(
      `GET /grubx64.efi HTTP/1.1\r\nHost: x\r\nRange: bytes=1000000-\r\nIf-Match: ${etag}\r\n\r\n`,
    );
    expect(part.statusLine).toContain(' 206 ');
    expect(sha256(part.body)).toBe(sha256(whole.subarray(1_000_000)));
  });

  it('sends GRUB the part after a seek', async () => {
    const whole = await fileAt(daemon, '/grubx64.efi');
    await using connection = await HttpConnection.open(daemon.port('http'));
    const request = grub('/grubx64.efi').request;
    const part = await connection.ask(
      request.replace(/\r\n\r\n$/, '\r\nRange: bytes=4096-\r\n\r\n'),
    );
    expect(part.headers[0]).toBe(`Content-Length: ${whole.byteLength - 4096}`);
    expect(sha256(part.body)).toBe(sha256(whole.subarray(4096)));
  });
});
