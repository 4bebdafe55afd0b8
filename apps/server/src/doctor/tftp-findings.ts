import { type TftpError } from '@pxe/tftp-protocol/node';

import { type Finding } from '../self-check/finding.js';
import { type TftpRead, type TftpResult } from './tftp-reads.js';

/** Number of bytes to read from a file to find out whether large blocks arrive. */
export const SAMPLE_BYTES = 48 * 1024;

/** Block size that fits every path, in bytes. */
export const SMALL = 512;
/** Block size of UEFI firmware, in bytes; such a block fits in an Ethernet frame. */
export const USUAL = 1468;
/** Block size that does not fit in an Ethernet frame, in bytes. */
export const LARGE = 4096;

/** Speed below which a boot takes minutes, in bytes per second. */
const SLOW = 60_000;
/**
 * Minimum duration of a read that is considered slow, in milliseconds, since a busy host can be slow for a
 * moment.
 */
const SLOW_AFTER_MS = 8_000;

/** Effect of a server that does not answer. */
const NO_ANSWER = 'Firmware gives up with "PXE-E32: TFTP open timeout" or "PXE-E18".';

/** Returns the average speed of a read in bytes per second. */
export function speedOf({ bytes, ms }: Pick<TftpRead, 'bytes' | 'ms'>): number {
  return (bytes.length * 1000) / Math.max(ms, 1);
}

/**
 * Returns the finding about a read that failed before its first block; undefined if the server did not answer,
 * and may not be there at all.
 */
export function failureFinding(server: string, error: TftpError): Finding | undefined {
  const isRefused =
    error.cause instanceof Error && 'code' in error.cause && error.cause.code === 'ECONNREFUSED';
  if (error.code === 'ERR_TFTP_UNREACHABLE' && isRefused) {
    return {
      rule: 'no-tftp-server',
      severity: 'error',
      what: `nothing listens for TFTP on ${server}`,
      why: NO_ANSWER,
      fix: `Start the TFTP server there ("pxeboot serve"), or correct next-server in DHCP or --server.`,
      evidence: [error.message],
    };
  }
  if (error.code === 'ERR_TFTP_UNREACHABLE' || error.code === 'ERR_TFTP_TIMEOUT') {
    return undefined;
  }
  return {
    rule: 'tftp-failed',
    severity: 'error',
    what: `TFTP from ${server} fails: ${error.message}`,
    why: 'Firmware gives up at the same point.',
    fix: 'Check the TFTP server and its log.',
    evidence: [error.message],
  };
}

/**
 * Returns the finding about a server that does not answer.
 *
 * @param isAlive - true if its host answers over TCP
 */
export function silenceFinding(server: string, error: TftpError, isAlive: boolean): Finding {
  const finding = { severity: 'error', why: NO_ANSWER, evidence: [error.message] } as const;
  return isAlive
    ? {
        ...finding,
        rule: 'tftp-blocked',
        what: `${server} is up, but its TFTP server cannot be reached`,
        fix: 'Allow UDP port 69 through firewalls, as well as the replies, which most servers send from another port (nf_conntrack_tftp); check access.allow in pxeboot.',
      }
    : {
        ...finding,
        rule: 'host-unreachable',
        what: `no host answers at ${server}`,
        fix: 'Correct next-server in DHCP or --server, start that host, or check the route to it.',
      };
}

/** Returns the findings about a whole read with the blocks of UEFI firmware, after small blocks have arrived. */
export function usualBlockFindings(server: string, result: TftpResult): readonly Finding[] {
  if (!result.ok) {
    return [
      result.bytes > SAMPLE_BYTES ? slow(server, result) : blocksLost(server, USUAL, result.error),
    ];
  }
  const { bytes, ms } = result.read;
  return ms > SLOW_AFTER_MS && speedOf(result.read) < SLOW
    ? [slow(server, { bytes: bytes.length, ms })]
    : [];
}

/** Returns the findings about a read in windows, after single blocks have arrived. */
export function windowFindings(server: string, result: TftpResult): readonly Finding[] {
  return result.ok ? [] : [windowsLost(server, result.error)];
}

/** Returns the findings about a read with blocks above the MTU, after smaller ones have arrived. */
export function largeBlockFindings(server: string, result: TftpResult): readonly Finding[] {
  return result.ok ? [] : [fragmentsLost(server, result.error)];
}

function blocksLost(server: string, blksize: number, error: TftpError): Finding {
  return {
    rule: 'large-blocks-lost',
    severity: 'error',
    what: `blocks of ${blksize} bytes from ${server} do not arrive, but those of ${SMALL} bytes do`,
    why: 'UEFI firmware requests blocks of 1,468 bytes and stops when they are lost; a link on the path has a smaller MTU.',
    fix: 'Raise the MTU of the path to 1500, or lower tftp.maxBlockSize (to 1200, for example).',
    evidence: [error.message],
  };
}

function fragmentsLost(server: string, error: TftpError): Finding {
  return {
    rule: 'fragments-lost',
    severity: 'warning',
    what: `blocks above the MTU from ${server} do not arrive: something on the path drops fragments`,
    why: 'Clients that request large blocks, such as older GRUB and U-Boot, stop when they are lost.',
    fix: `Allow fragments through firewalls, or limit blocks to ${USUAL} bytes (tftp.maxBlockSize; tftpd-hpa: --blocksize).`,
    evidence: [error.message],
  };
}

function windowsLost(server: string, error: TftpError): Finding {
  return {
    rule: 'windows-lost',
    severity: 'error',
    what: `windows of several blocks from ${server} do not arrive, but single blocks do`,
    why: 'UEFI firmware requests windows of four blocks, and stops when they are lost.',
    fix: 'Look for a firewall or a rate limit on the path, or set tftp.maxWindowSize: 1.',
    evidence: [error.message],
  };
}

function slow(
  server: string,
  { bytes, ms }: { readonly bytes: number; readonly ms: number },
): Finding {
  return {
    rule: 'slow-tftp',
    severity: 'warning',
    what: `TFTP from ${server} is slow`,
    why: 'Each lost packet costs a second or more, so the installer takes minutes to load, or firmware gives up.',
    fix: 'Look for packet loss: check the cable, the duplex setting of the switch port, and the load of the link.',
    evidence: [`${bytes} bytes in ${Math.round(ms / 1000)} s, ${Math.round(bytes / ms)} kB/s`],
  };
}
