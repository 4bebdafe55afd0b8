import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { lacks } from '@pxe/test-host';

import { fileAt, imageFolder, messagesOf, sha256 } from './support/boot-traffic.js';
import { RunningDaemon } from './support/daemon.js';
import { markByTftp, TftpPort } from './support/raw-tftp.js';
import { TEST_STORE } from './support/test-store.js';

/** Request from a client, with its known options in order. */
interface TftpRequest {
  /** File name on the wire, with the slashes, backslashes and stray bytes that the client sends. */
  readonly name: string;
  /** Alternating names and values; `SIZE` in `granted` stands for the file size. */
  readonly options?: readonly string[];
  /** Exact options of the OACK; undefined if the transfer must start without one. */
  readonly granted?: readonly string[];
  /** Next action of the client. @default reads the whole file */
  readonly then?:
    | { readonly stops: readonly [code: number, message: string]; readonly afterBlocks: number }
    | 'receives "file not found"';
  /** Stray bytes after the block number of each ACK. */
  readonly padding?: string;
}

interface TftpClient {
  readonly requests: readonly TftpRequest[];
  /** Log lines at the default level, in any order: a line is written when its file is closed. */
  readonly log: readonly string[];
}

const NONE = 'receives "file not found"';
/** Returns the action of a PXE ROM that requests only the size. */
const sizeOnly = (code: number, message: string) =>
  ({ stops: [code, message], afterBlocks: 0 }) as const;

const shim = '/debian-installer/amd64/bootnetx64.efi';
const sent = (name: string): string => `TFTP sent ${name} to 127.0.0.1`;
const told = (name: string): string => `TFTP sent 127.0.0.1 the size of ${name}`;
const stopped = (name: string, bytes: number, why: string): string =>
  `TFTP ${name} to 127.0.0.1: stopped after ${bytes} bytes (${why})`;

const pxelinux = (name: string): TftpRequest => ({
  name,
  options: ['tsize', '0', 'blksize', '1408'],
  granted: ['tsize', 'SIZE', 'blksize', '1408'],
});
const grub = (name: string): TftpRequest => ({
  name,
  options: ['blksize', '1024', 'tsize', '0'],
  granted: ['blksize', '1024', 'tsize', 'SIZE'],
});
const ofShim = (name: string): TftpRequest => ({
  name,
  options: ['blksize', '512', 'windowsize', '4'],
  granted: ['blksize', '512', 'windowsize', '4'],
});

const GRUB_FILES = [
  ...['command', 'fs', 'crypto', 'terminal'].map((name) => `x86_64-efi/${name}.lst`),
  'grub.cfg',
  'theme.txt',
].map((name) => `/debian-installer/amd64/grub/${name}`);

const PXELINUX_PROBES = [
  'pxelinux.cfg/b8945908-d6a6-41a9-611d-74a6ab80b83d',
  'pxelinux.cfg/01-52-54-00-12-34-56',
  ...['0A4D0032', '0A4D003', '0A4D00', '0A4D0', '0A4D', '0A4', '0A', '0'].map(
    (address) => `pxelinux.cfg/${address}`,
  ),
];

/** Taken from the clients' sources and captures; see the boot walkthrough. */
const CLIENTS: Readonly<Record<string, TftpClient>> = {
  'a BIOS PXE ROM (Intel UNDI 2.1)': {
    requests: [
      {
        name: 'lpxelinux.0\xff',
        options: ['tsize', '0'],
        granted: ['tsize', 'SIZE'],
        then: sizeOnly(0, 'TFTP Aborted'),
      },
      { name: 'lpxelinux.0\xff', options: ['blksize', '1456'], granted: ['blksize', '1456'] },
    ],
    log: [told('lpxelinux.0\xff'), sent('lpxelinux.0\xff')],
  },
  'a ROM that reads DHCP options past the file name': {
    requests: [
      {
        name: 'lpxelinux.0\x01\x04\xff\xff\xff',
        options: ['blksize', '1456'],
        granted: ['blksize', '1456'],
      },
      { name: 'lpxelinux.0\r\n', options: ['blksize', '1456'], granted: ['blksize', '1456'] },
      { name: 'lpxelinux.0a\n', options: ['blksize', '1456'], granted: ['blksize', '1456'] },
    ],
    log: [
      'lpxelinux.0\\u{1}\\u{4}\xff\xff\xff',
      'lpxelinux.0\\u{d}\\u{a}',
      'lpxelinux.0a\\u{a}',
    ].map(sent),
  },
  'a DHCP server configured for another boot server': {
    requests: ['LPXELINUX.0', '/tftpboot/lpxelinux.0', 'bootx64.efi'].map(
      (name) => ({ name, then: NONE }) as const,
    ),
    log: [
      'TFTP refused LPXELINUX.0 to 127.0.0.1: file not found; names are case-sensitive; use lpxelinux.0',
      'TFTP refused /tftpboot/lpxelinux.0 to 127.0.0.1: file not found; set the DHCP file name to lpxelinux.0, without /tftpboot/',
      'TFTP refused bootx64.efi to 127.0.0.1: file not found; this is a loader of another boot server; set the DHCP file name to bootnetx64.efi ("pxeboot dhcp" prints the configuration)',
    ],
  },
  'shim with a device path as its second stage': {
    requests: [
      { name: 'bootnetx64.efi', options: ['blksize', '1468'], granted: ['blksize', '1468'] },
      ofShim('\x04\x01*'),
    ],
    log: [sent('bootnetx64.efi'), sent('\\u{4}\\u{1}*')],
  },
  'iPXE as a PXE ROM': {
    requests: [
      {
        name: 'lpxelinux.0',
        options: ['blksize', '1432', 'tsize', '0'],
        granted: ['blksize', '1432', 'tsize', 'SIZE'],
      },
    ],
    log: [sent('lpxelinux.0')],
  },
  'iPXE that closes a file early': {
    requests: [
      {
        name: 'lpxelinux.0',
        options: ['blksize', '1432', 'tsize', '0'],
        granted: ['blksize', '1432', 'tsize', 'SIZE'],
        then: { stops: [0, 'TFTP Aborted'], afterBlocks: 2 },
      },
    ],
    log: [stopped('lpxelinux.0', 2 * 1432, 'TFTP Aborted')],
  },
  lpxelinux: {
    requests: [
      pxelinux('ldlinux.c32'),
      ...PXELINUX_PROBES.map((name) => ({ ...pxelinux(name), then: NONE }) as const),
      pxelinux('pxelinux.cfg/default'),
      pxelinux('vesamenu.c32'),
      pxelinux('libcom32.c32'),
      pxelinux('libutil.c32'),
      pxelinux('splash.png'),
    ],
    log: [
      'ldlinux.c32',
      'pxelinux.cfg/default',
      'vesamenu.c32',
      'libcom32.c32',
      'libutil.c32',
      'splash.png',
    ].map(sent),
  },
  'lpxelinux with its own spellings of names': {
    requests: [
      pxelinux('//ldlinux.c32'),
      pxelinux('\\ldlinux.c32'),
      pxelinux('./ldlinux.c32'),
      pxelinux('debian-installer\\amd64\\bootnetx64.efi'),
      { ...pxelinux('vesamenu.c32'), then: { stops: [0, 'No error, file close'], afterBlocks: 1 } },
    ],
    log: [
      sent('//ldlinux.c32'),
      sent('\\ldlinux.c32'),
      sent('./ldlinux.c32'),
      sent('debian-installer\\amd64\\bootnetx64.efi'),
      stopped('vesamenu.c32', 1408, 'No error, file close'),
    ],
  },
  'UEFI firmware, shim and GRUB': {
    requests: [
      {
        name: 'bootnetx64.efi',
        options: ['tsize', '0', 'blksize', '1468', 'windowsize', '4'],
        granted: ['tsize', 'SIZE', 'blksize', '1468', 'windowsize', '4'],
        then: sizeOnly(8, 'User aborted the transfer'),
      },
      {
        name: 'bootnetx64.efi',
        options: ['blksize', '1468', 'windowsize', '4'],
        granted: ['blksize', '1468', 'windowsize', '4'],
      },
      ...['revocations_sku.efi', 'revocations_sbat.efi', 'shim_certificate_0.efi'].map(
        (name) => ({ ...ofShim(name), then: NONE }) as const,
      ),
      ofShim('grubx64.efi'),
      ...GRUB_FILES.map(grub),
      { ...grub('/debian-installer/amd64/grub/font.pf2'), then: sizeOnly(0, 'closed') },
    ],
    log: [
      told('bootnetx64.efi'),
      sent('bootnetx64.efi'),
      sent('grubx64.efi'),
      ...GRUB_FILES.map(sent),
      told('/debian-installer/amd64/grub/font.pf2'),
    ],
  },
  'older UEFI firmware, without windows': {
    requests: [{ name: shim, options: ['blksize', '1468'], granted: ['blksize', '1468'] }],
    log: [sent(shim)],
  },
  "U-Boot's legacy stack": {
    requests: [
      {
        name: shim,
        options: ['timeout', '5', 'tsize', '0', 'blksize', '1468'],
        granted: ['timeout', '5', 'tsize', 'SIZE', 'blksize', '1468'],
      },
    ],
    log: [sent(shim)],
  },
  "U-Boot's lwIP stack": {
    requests: [{ name: 'ldlinux.c32', options: ['blksize', '1468'], granted: ['blksize', '1468'] }],
    log: [sent('ldlinux.c32')],
  },
  barebox: {
    requests: [
      {
        name: shim,
        options: ['timeout', '5', 'blksize', '1432', 'tsize', '0', 'windowsize', '128'],
        granted: ['timeout', '5', 'blksize', '1432', 'tsize', 'SIZE', 'windowsize', '64'],
      },
    ],
    log: [sent(shim)],
  },
  'a Raspberry Pi 3': {
    requests: [
      {
        name: 'ldlinux.c32',
        options: ['tsize', '0'],
        granted: ['tsize', 'SIZE'],
        then: { stops: [0, 'Early terminate'], afterBlocks: 1 },
      },
      { name: 'ldlinux.c32', options: ['tsize', '0'], granted: ['tsize', 'SIZE'] },
    ],
    log: [stopped('ldlinux.c32', 512, 'Early terminate'), sent('ldlinux.c32')],
  },
  'a Raspberry Pi 5, which pads its ACKs': {
    requests: [
      {
        name: 'ldlinux.c32',
        options: ['tsize', '0', 'blksize', '1468'],
        granted: ['tsize', 'SIZE', 'blksize', '1468'],
        padding: '\0'.repeat(14),
      },
    ],
    log: [sent('ldlinux.c32')],
  },
  "Windows' boot manager": {
    requests: [
      {
        name: '\\debian-installer\\amd64\\grubx64.efi',
        options: ['tsize', '0', 'blksize', '1456', 'windowsize', '16', 'msftwindow', '31416'],
        granted: ['tsize', 'SIZE', 'blksize', '1456', 'windowsize', '16'],
      },
    ],
    log: [sent('\\debian-installer\\amd64\\grubx64.efi')],
  },
  'u-root, which requests the longest window': {
    requests: [
      {
        name: 'grubx64.efi',
        options: ['blksize', '1450', 'windowsize', '65535'],
        granted: ['blksize', '1450', 'windowsize', '64'],
      },
    ],
    log: [sent('grubx64.efi')],
  },
  curl: {
    requests: [
      {
        name: 'ldlinux.c32',
        options: ['tsize', '0', 'blksize', '512', 'timeout', '6'],
        granted: ['tsize', 'SIZE', 'blksize', '512', 'timeout', '6'],
      },
    ],
    log: [sent('ldlinux.c32')],
  },
  'a client of RFC 1350, without options': {
    requests: [{ name: 'ldlinux.c32' }],
    log: [sent('ldlinux.c32')],
  },
  'a client that spells options in capitals': {
    requests: [
      {
        name: 'ldlinux.c32',
        options: ['BLKSIZE', '1024', 'TSize', '0'],
        granted: ['BLKSIZE', '1024', 'TSize', 'SIZE'],
      },
    ],
    log: [sent('ldlinux.c32')],
  },
};

describe.skipIf(lacks('apt-get'))('TFTP with recorded requests', { timeout: 180_000 }, () => {
  let daemon: RunningDaemon;

  beforeAll(async () => {
    daemon = await RunningDaemon.start(['--data-dir', TEST_STORE]);
  }, 120_000);

  afterAll(async () => {
    await daemon[Symbol.asyncDispose]();
  });

  it.each(Object.keys(CLIENTS))('%s', async (name) => {
    const { requests, log } = CLIENTS[name]!;
    const files = new Map<string, Buffer>();
    for (const request of requests.filter(({ then }) => then !== NONE)) {
      const isSecondStage = request.name.startsWith('\x04');
      const name = /^[\x20-\x7e]+?(?=[a-z]?[^\x20-\x7e]|$)/.exec(request.name)?.[0] ?? '';
      const path = isSecondStage ? '/grubx64.efi' : `/${name.replaceAll('\\', '/')}`;
      files.set(request.name, await fileAt(daemon, path));
    }
    const messages = await messagesOf(daemon, markByTftp, log.length, async () => {
      for (const request of requests) {
        await play(request, files.get(request.name));
      }
    });
    expect(messages.toSorted()).toEqual(log.toSorted());
  });

  it('GRUB reads an initrd of more than 65,535 blocks', async () => {
    const path = `${await imageFolder(daemon, 'trixie', 'gtk')}/initrd.gz`;
    const file = await fileAt(daemon, path);
    expect(file.byteLength).toBeGreaterThan(65_535 * 1024);
    await play(grub(path), file);
  });

  it('repeats nothing for a duplicate ACK', async () => {
    await using port = await TftpPort.open(daemon.port('tftp'));
    // With this timeout, the server repeats nothing merely because no ACK has arrived yet.
    port.ask('ldlinux.c32', ['blksize', '1408', 'timeout', '255']);
    await port.nextOrRepeated();
    port.acknowledge(0);
    expect(await port.nextOrRepeated()).toMatchObject({ type: 'data', block: 1 });
    port.acknowledge(1);
    port.acknowledge(1);
    expect(await port.nextOrRepeated()).toMatchObject({ type: 'data', block: 2 });
    port.acknowledge(2);
    // A second copy of block 2 would arrive before this block.
    expect(await port.nextOrRepeated()).toMatchObject({ type: 'data', block: 3 });
    port.error(0, 'enough');
  });

  it('refuses writes', async () => {
    await using port = await TftpPort.open(daemon.port('tftp'));
    port.askToWrite('pxelinux.cfg/default');
    expect(await port.next()).toMatchObject({ type: 'error', code: 2 });
  });

  /** Plays one request from a client, from its own port. */
  async function play(request: TftpRequest, file: Buffer | undefined): Promise<void> {
    const { name, options = [], granted, then, padding } = request;
    await using port = await TftpPort.open(daemon.port('tftp'));
    port.ask(name, options);
    let answer = await port.next();
    if (then === NONE) {
      expect(answer).toEqual({ type: 'error', code: 1, message: 'File not found' });
      return;
    }
    if (file === undefined) {
      throw new Error(`no file for ${name}`);
    }
    const size = String(file.byteLength);
    if (granted !== undefined) {
      const expected = granted.map((word) => `${word === 'SIZE' ? size : word}\0`).join('');
      expect(answer).toEqual({ type: 'oack', options: expected });
      if (then?.afterBlocks === 0) {
        port.error(...then.stops);
        return;
      }
      port.acknowledge(0, padding);
      answer = await port.next();
    }
    const number = (option: string, otherwise: number): number => {
      const at = granted?.findIndex((word) => word.toLowerCase() === option) ?? -1;
      return at < 0 ? otherwise : Number(granted?.[at + 1]);
    };
    const blksize = number('blksize', 512);
    const windowsize = number('windowsize', 1);
    const pieces: Buffer[] = [];
    for (;;) {
      if (answer.type !== 'data') {
        throw new Error(`${name}: ${JSON.stringify(answer)}`);
      }
      const expectedBlock = (pieces.length + 1) & 0xffff;
      // On a busy machine the server may resend a block that already arrived.
      if (answer.block === expectedBlock) {
        pieces.push(answer.bytes);
        if (then !== undefined && pieces.length > then.afterBlocks) {
          port.error(...then.stops);
          return;
        }
        const isLast = answer.bytes.byteLength < blksize;
        if (isLast || pieces.length % windowsize === 0) {
          port.acknowledge(expectedBlock, padding);
        }
        if (isLast) {
          break;
        }
      }
      answer = await port.next();
    }
    expect(sha256(Buffer.concat(pieces)), name).toBe(sha256(file));
  }
});
