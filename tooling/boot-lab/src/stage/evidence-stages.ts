import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

import { LabError } from '@pxe/lab-host';

import { readHttpExchanges } from '../capture/http-exchanges.js';
import { readTftpTransfers } from '../capture/tftp-transfers.js';
import {
  type Account,
  accountForExchanges,
  accountForTransfers,
  normalisePath,
} from '../capture/transfer-accounting.js';
import { type RequestEvent, type TransferEvent } from '../daemon/daemon-event.js';
import { BOOT_HTTP_PORT } from '../network/boot-http-port.js';
import { type Stage } from './stage.js';

/** Time for tcpdump and the log to be written after the last packets, in milliseconds. */
const SETTLE_MS = 500;

/** Returns a stage that ends the capture, and fails if packets were lost. */
export function captureFinished(): Stage {
  return {
    name: 'capture',
    deadlineMs: 30_000,
    async run(boot) {
      await sleep(SETTLE_MS);
      await boot.capture.finish();
      return 'no packet lost';
    },
  };
}

/**
 * Returns a stage that checks that log and capture agree on the bytes of each TFTP transfer, and that
 * the total over TFTP is below the limit.
 *
 * @param limitBytes - maximum number of bytes of UDP payload in both directions, refused requests included
 */
export function tftpAccountAgrees(limitBytes: number): Stage {
  return {
    name: 'tftp account',
    deadlineMs: 30_000,
    async run(boot) {
      const logged = boot.daemon.log.entries.filter(
        (event): event is TransferEvent => event.event === 'tftp.transfer',
      );
      const captured = readTftpTransfers(await boot.capture.read());
      const account = expectAgreement(accountForTransfers(logged, captured));
      const udpBytes = captured.reduce((total, transfer) => total + transfer.udpBytes, 0);
      if (udpBytes >= limitBytes) {
        throw new LabError('ERR_LAB_STAGE', `${udpBytes} bytes over TFTP, limit ${limitBytes}`);
      }
      return `${describe(account, 'transfers')}, ${udpBytes} bytes of UDP payload`;
    },
  };
}

/** Returns a stage that checks that log and capture agree on the bytes of each HTTP response. */
export function httpAccountAgrees(): Stage {
  return {
    name: 'http account',
    deadlineMs: 30_000,
    async run(boot) {
      const logged = boot.daemon.log.entries.filter(
        (event): event is RequestEvent => event.event === 'http.request',
      );
      const captured = readHttpExchanges(await boot.capture.read(), BOOT_HTTP_PORT);
      return describe(expectAgreement(accountForExchanges(logged, captured)), 'answers');
    },
  };
}

/** A file, and what it must contain. */
export interface ExpectedFile {
  /** Path in the boot namespace. */
  readonly path: string;
  /** Hash of the content, in hexadecimal. */
  readonly sha256: string;
}

/**
 * Returns a stage that checks that the machine has received each of these files whole, over either protocol. It reads
 * only the capture, so it also holds for daemons that have ended.
 */
export function filesReceived(expected: readonly ExpectedFile[]): Stage {
  return {
    name: 'files received',
    deadlineMs: 60_000,
    async run(boot) {
      const capture = await boot.capture.read();
      const received = new Set([
        ...readTftpTransfers(capture)
          .filter(({ outcome }) => outcome === 'completed')
          .map((transfer) => contentKey(transfer.file, transfer.content())),
        ...readHttpExchanges(capture, BOOT_HTTP_PORT)
          .filter(({ method, status, complete }) => method === 'GET' && status === 200 && complete)
          .map(({ path, body }) => contentKey(path, body)),
      ]);
      const missing = expected.filter(
        ({ path, sha256 }) => !received.has(`${normalisePath(path)} ${sha256}`),
      );
      if (missing.length > 0) {
        const names = missing.map(({ path }) => path).join(', ');
        throw new LabError('ERR_LAB_STAGE', `not received as in the store: ${names}`);
      }
      return `${expected.length} files as in the store`;
    },
  };
}

function contentKey(path: string, content: Uint8Array): string {
  return `${normalisePath(path)} ${createHash('sha256').update(content).digest('hex')}`;
}

/** Returns a stage that checks that no file was requested over TFTP. */
export function noTftp(): Stage {
  return {
    name: 'no tftp',
    deadlineMs: 30_000,
    async run(boot) {
      const requests = readTftpTransfers(await boot.capture.read());
      const names = requests.map(({ file }) => file).join(', ');
      if (requests.length > 0) {
        throw new LabError('ERR_LAB_STAGE', `requested over TFTP: ${names}`);
      }
      return 'no request over TFTP';
    },
  };
}

/**
 * Returns a stage that checks that no file whose path matches was requested, over either protocol.
 */
export function neverAskedFor(path: RegExp): Stage {
  return {
    name: 'not asked for',
    deadlineMs: 30_000,
    async run(boot) {
      const capture = await boot.capture.read();
      const asked = [
        ...readTftpTransfers(capture).map(({ file }) => normalisePath(file)),
        ...readHttpExchanges(capture, BOOT_HTTP_PORT).map((exchange) => exchange.path),
      ];
      const unwanted = asked.filter((name) => path.test(name));
      if (unwanted.length > 0) {
        throw new LabError('ERR_LAB_STAGE', `asked: ${unwanted.join(', ')}`);
      }
      return `${asked.length} requests, none for ${path.source}`;
    },
  };
}

function expectAgreement(account: Account): Account {
  if (account.disagreements.length === 0) {
    return account;
  }
  throw new LabError('ERR_LAB_STAGE', account.disagreements.join('; '));
}

function describe({ count, contentBytes }: Account, what: string): string {
  return `${count} ${what}, ${contentBytes} bytes, log and capture agree`;
}
