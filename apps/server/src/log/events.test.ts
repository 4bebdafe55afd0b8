import { pino } from 'pino';
import { describe, expect, it } from 'vitest';

import { NetbootError } from '@pxe/debian-netboot/catalog';
import { type BootClient, type UnansweredReason } from '@pxe/dhcp-protocol/node';
import { TftpError, type TransferFinishedEvent } from '@pxe/tftp-protocol/node';

import {
  type BootLog,
  createBootEvents,
  type DhcpAnswerEvent,
  type HttpRequestFacts,
} from './events.js';

/** Returns the log lines at the default level, as `level: message`. */
function linesOf(report: (events: BootLog) => void): readonly string[] {
  const lines: string[] = [];
  const options = { formatters: { level: (label: string) => ({ level: label }) } };
  const write = (text: string): void => {
    const { level, msg } = JSON.parse(text) as { level: string; msg: string };
    lines.push(`${level}: ${msg}`);
  };
  report(createBootEvents(pino(options, { write })));
  return lines;
}

const remote = { address: '10.77.0.50', port: 1293, family: 'IPv4' } as const;
const local = { address: '10.77.0.1', port: 69, family: 'IPv4' } as const;

const transfer: TransferFinishedEvent = {
  type: 'transferFinished',
  direction: 'read',
  filename: 'grubx64.efi',
  remote,
  local,
  outcome: 'completed',
  finalAckMissing: false,
  size: 2_344_384,
  bytesSent: 2_344_384,
  bytesAcknowledged: 2_344_384,
  blocksRetransmitted: 0,
  bytesReceived: 0,
  blksize: 512,
  windowsize: 4,
  durationMs: 1900,
};

const request: HttpRequestFacts = {
  method: 'GET',
  path: '/grubx64.efi',
  status: 200,
  bytes: 7,
  aborted: false,
  reason: undefined,
  client: '10.77.0.50',
  userAgent: undefined,
  durationMs: 1.5,
};

const byPeer = (code: number, message: string) => ({ by: 'peer', code, message }) as const;

describe('the log of TFTP transfers', () => {
  it.each<[string, Partial<TransferFinishedEvent>, string]>([
    ['that are complete', {}, 'info: TFTP sent grubx64.efi to 10.77.0.50'],
    [
      'for the size only',
      { outcome: 'aborted', bytesSent: 0, error: byPeer(8, 'User aborted the transfer') },
      'info: TFTP sent 10.77.0.50 the size of grubx64.efi',
    ],
    [
      'that the client stopped',
      { outcome: 'aborted', bytesSent: 2048, bytesAcknowledged: 1024, error: byPeer(0, 'closed') },
      'info: TFTP grubx64.efi to 10.77.0.50: stopped after 1024 bytes (closed)',
    ],
    [
      'that the end of the daemon stopped',
      {
        outcome: 'aborted',
        bytesSent: 0,
        bytesAcknowledged: 0,
        error: { by: 'local', code: 0, message: 'stopping' },
      },
      'info: TFTP grubx64.efi to 10.77.0.50: stopped after 0 bytes (stopping)',
    ],
    [
      'that the client abandoned',
      { outcome: 'timedOut', bytesSent: 74_624, bytesAcknowledged: 1024 },
      'warn: TFTP grubx64.efi to 10.77.0.50: the client fell silent after 1024 bytes',
    ],
    [
      'that failed',
      { outcome: 'failed', bytesSent: 0, bytesAcknowledged: 0, error: byPeer(3, 'disk\nfull') },
      'warn: TFTP grubx64.efi to 10.77.0.50: failed after 0 bytes (disk\\u{a}full)',
    ],
  ])('%s', (_kind, difference, line) => {
    expect(
      linesOf((events) => {
        events.tftp({ ...transfer, ...difference });
      }),
    ).toEqual([line]);
  });

  it('logs refusals, except for optional files that firmware tries', () => {
    const refusal = {
      type: 'requestRefused',
      remote,
      local,
      code: 1,
      message: 'not found',
    } as const;
    const lines = linesOf((events) => {
      events.tftp({ ...refusal, filename: 'pxelinuz.0' });
      for (const filename of [
        'pxelinux.cfg/01-52-54-00-12-34-56',
        'revocations_sbat.efi',
        'debian-installer/amd64/shim_certificate_0.efi',
        'autoexec.ipxe',
      ]) {
        events.tftp({ ...refusal, filename });
      }
      events.tftp({ ...refusal, filename: 'linux', cause: new Error('EIO') });
    });
    expect(lines).toEqual([
      'info: TFTP refused pxelinuz.0 to 10.77.0.50: not found',
      'error: TFTP refused linux to 10.77.0.50: not found',
    ]);
  });

  it.each([
    ['a refusal of this server', new TftpError('not armed')],
    [
      'a file that the store cannot read',
      new NetbootError('ERR_NETBOOT_FILE_DAMAGED', 'the file changed while it was read'),
    ],
  ])('has no stack trace for %s', (_what, cause) => {
    const lines: string[] = [];
    const events = createBootEvents(pino({}, { write: (text) => lines.push(text) }));
    const { message } = cause;
    const names = { remote, local, filename: 'linux' };
    events.tftp({ type: 'requestRefused', ...names, code: 0, message, cause });
    const error = { by: 'local', code: 0, message, cause } as const;
    events.tftp({ ...transfer, outcome: 'failed', error });
    const logged = lines.map((text) => JSON.parse(text) as object);
    // Level 40 is `warn`.
    expect(logged).toMatchObject([
      { level: 40, event: 'tftp.refused', reason: message },
      { level: 40, event: 'tftp.transfer', error: { message } },
    ]);
    expect(logged.filter((line) => 'err' in line)).toEqual([]);
  });

  it('warns about replaced sockets a few times while replacements continue', () => {
    const lines = linesOf((events) => {
      for (let count = 0; count < 1_000; count++) {
        events.tftp({ type: 'socketReplaced', local });
      }
    });
    expect(lines[0]).toBe(
      `warn: TFTP on ${local.address} port ${local.port}: replies to unreachable hosts filled the socket's buffer, so the socket was replaced; someone is sending requests with forged source addresses`,
    );
    expect(lines.length).toBeLessThanOrEqual(10);
  });

  it('warns about failing sockets, but not about addresses that are being set up', () => {
    const failure = { type: 'socketError', address: 'fe80::1', port: 69 } as const;
    const lines = linesOf((events) => {
      const notYet = Object.assign(new Error('no'), { code: 'EADDRNOTAVAIL' });
      events.tftp({ ...failure, error: notYet });
      events.tftp({ ...failure, error: new Error('cannot listen', { cause: notYet }) });
      events.tftp({ ...failure, error: Object.assign(new Error('bad'), { code: 'EACCES' }) });
      events.tftp({ type: 'sourceError', error: new Error('EIO') });
      events.tftp({ type: 'listening', local });
      events.tftp({ type: 'requestDropped', remote, local, reason: 'requestRate', count: 1 });
      events.tftp({ type: 'requestDropped', remote, local, reason: 'overload', count: 900 });
      events.tftp({ type: 'transfersEvicted', limit: 'maxHalfOpen', count: 70 });
      events.tftp({ type: 'addressScanFailed', error: new Error('EMFILE') });
      events.tftp({ type: 'unexpectedError', error: new Error('allow() is broken'), count: 1 });
      events.tftp({ type: 'sourceDenied', address: '198.51.100.7' });
    });
    expect(lines).toEqual([
      'warn: TFTP on fe80::1 port 69: bad',
      'error: cannot close a file',
      'warn: TFTP dropped a request from 10.77.0.50: its source sends more requests than allowed',
      'warn: TFTP dropped 900 requests, most recently from 10.77.0.50: all sources together send more requests than allowed',
      'warn: TFTP ended 70 transfers to make room: the limit on transfers waiting for a first answer was reached',
      'warn: cannot read the addresses of this host; TFTP keeps listening on the known ones',
      'error: unexpected error in tftp; please report it: https://github.com/pxeboot/pxeboot/issues',
      'warn: 198.51.100.7 is not in access.allow and gets no answer',
    ]);
  });
});

describe('the log of HTTP requests', () => {
  it.each<[string, Partial<HttpRequestFacts>, readonly string[]]>([
    ['answered', {}, ['info: HTTP 200 GET /grubx64.efi to 10.77.0.50']],
    [
      'that the client left',
      { aborted: true },
      ['info: HTTP 200 GET /grubx64.efi to 10.77.0.50: the client disconnected after 7 bytes'],
    ],
    [
      'refused for a reason',
      { status: 404, reason: 'GRUB cannot' },
      ['warn: HTTP 404 GET /grubx64.efi to 10.77.0.50: GRUB cannot'],
    ],
    [
      'for a missing file',
      { status: 404, path: '/a\u001bb' },
      ['info: HTTP 404 GET /a\\u{1b}b to 10.77.0.50'],
    ],
    [
      'for a file that firmware merely probes for',
      { status: 404, path: '//revocations_sku.efi' },
      [],
    ],
  ])('%s', (_kind, difference, lines) => {
    expect(
      linesOf((events) => {
        events.httpRequest({ ...request, ...difference });
      }),
    ).toEqual(lines);
  });

  it('logs an unexpected error', () => {
    const lines = linesOf((events) => {
      events.unexpectedError('http', new Error('EIO'));
    });
    expect(lines).toEqual([
      'error: unexpected error in http; please report it: https://github.com/pxeboot/pxeboot/issues',
    ]);
  });
});

describe('the log of changes through the admin interface', () => {
  function changed(token: 'full' | 'read', status: number, count: number): readonly string[] {
    const facts = { address: '10.77.0.9', forwardedFor: undefined, by: undefined, fields: [] };
    return linesOf((events) => {
      for (let sent = 0; sent < count; sent++) {
        events.changeRequested({ ...facts, token, status, method: 'POST', path: '/x' });
      }
    });
  }

  it('contains each change, but is limited for a token that cannot change anything', () => {
    expect(changed('full', 200, 500)).toHaveLength(500);
    const refused = changed('read', 403, 500);
    expect(refused[0]).toBe('info: POST /x with the read token from 10.77.0.9: refused (403)');
    expect(refused).toHaveLength(200);
  });
});

describe('the log of ProxyDHCP', () => {
  const client: BootClient = {
    mac: '52:54:00:12:34:56',
    uuid: undefined,
    vendorClass: 'PXEClient',
    program: 'firmware',
    firmware: 'uefi',
    cpu: 'x64',
    architecture: 7,
  };
  const from = { address: '0.0.0.0', port: 68 };
  const answered = (changes: Partial<BootClient>, file: string): DhcpAnswerEvent => ({
    type: 'answered',
    service: 'proxyDhcp',
    client: { ...client, ...changes },
    bootFile: { file },
    from,
    to: { address: '255.255.255.255', port: 68 },
  });
  const unanswered = (
    reason: UnansweredReason,
    changes: Partial<BootClient> = {},
  ): DhcpAnswerEvent => ({
    type: 'unanswered',
    service: 'proxyDhcp',
    reason,
    from,
    client: { ...client, ...changes },
  });

  it.each<[string, DhcpAnswerEvent, readonly string[]]>([
    [
      'offers a file to UEFI',
      answered({}, 'bootnetx64.efi'),
      ['info: DHCP: offered bootnetx64.efi to 52:54:00:12:34:56 (UEFI x64)'],
    ],
    [
      'names a URL to HTTP Boot',
      answered({ vendorClass: 'HTTPClient' }, 'http://a/b.efi'),
      ['info: DHCP: offered http://a/b.efi to 52:54:00:12:34:56 (UEFI x64, HTTP Boot)'],
    ],
    [
      'offers the script to iPXE',
      answered({ program: 'ipxe', firmware: 'bios', cpu: 'x86' }, 'http://a/menu.ipxe'),
      ['info: DHCP: offered http://a/menu.ipxe to 52:54:00:12:34:56 (iPXE, BIOS x86)'],
    ],
    [
      'has no file for an unknown architecture',
      unanswered('noBootFile', { firmware: 'other', cpu: 'other', architecture: 41 }),
      ['warn: DHCP: no boot file for 52:54:00:12:34:56 (architecture 41)'],
    ],
    ['ignores a request for a lease', unanswered('messageType'), []],
    [
      'cannot send',
      { type: 'error', error: new Error('send ENETUNREACH') },
      ['warn: DHCP: send ENETUNREACH'],
    ],
  ])('reports when it %s', (_title, event, lines) => {
    expect(
      linesOf((events) => {
        events.dhcp(event);
      }),
    ).toEqual(lines);
  });

  it('leaves room for other lines when MAC addresses are made up', () => {
    const mac = (count: number): string => `02:00:00:00:${Math.floor(count / 256)}:${count % 256}`;
    const lines = linesOf((events) => {
      for (let count = 0; count < 5000; count++) {
        events.dhcp(answered({ mac: mac(count) }, 'bootnetx64.efi'));
      }
      events.httpRequest({ ...request, status: 404 });
    });
    expect(lines.length).toBeLessThan(600);
    expect(lines.at(-1)).toMatch(/HTTP 404/);
  });

  it('is limited for each client', () => {
    const lines = linesOf((events) => {
      for (let count = 0; count < 1000; count++) {
        events.dhcp(answered({}, 'bootnetx64.efi'));
      }
    });
    expect(lines.length).toBeLessThan(300);
  });
});
