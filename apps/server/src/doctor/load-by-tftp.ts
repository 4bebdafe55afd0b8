import { type TftpError } from '@pxe/tftp-protocol/node';

import { explainMissingFile } from '../machines/diagnosis/wrong-file.js';
import { type Finding } from './finding.js';
import { answersTcp } from './probe-host.js';
import { readByTftp, type TftpRead, type TftpReadOptions, type TftpResult } from './tftp-reads.js';

/** Boot file, or the reason why it cannot be loaded. */
export interface Loaded {
  /** Content; undefined if it could not be loaded. */
  readonly bytes: Buffer | undefined;
  readonly findings: readonly Finding[];
}

const TFTP_PORT = 69;
/** Start of a file that shows whether large blocks arrive, in bytes. */
const SAMPLE_BYTES = 48 * 1024;

/**
 * Block sizes in bytes: one that every path carries, that of UEFI firmware, which fits in an Ethernet frame,
 * and one that does not.
 */
const SMALL = 512;
const USUAL = 1468;
const LARGE = 4096;

/** Speed below which a boot takes minutes, in bytes per second. */
const SLOW = 60_000;
/** Time after which a speed is certain enough, in milliseconds: a busy host can be slow for a moment. */
const SLOW_AFTER_MS = 8_000;

/**
 * Loads a boot file as firmware does: with small blocks, with those of UEFI, in windows, and with blocks that have to
 * be fragmented.
 *
 * @param say - called with each line of the report
 */
export async function loadByTftp(
  server: string,
  file: string,
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<Loaded> {
  const read = async (options: TftpReadOptions): Promise<TftpResult> => {
    say(
      `> RRQ ${file} to ${server} port ${TFTP_PORT}, blksize ${options.blksize}, windowsize ${options.windowsize}`,
    );
    const result = await readByTftp(server, file, options, signal);
    say(`< ${resultText(result)}`);
    return result;
  };

  const small = await read({ blksize: SMALL, windowsize: 1, atMost: SAMPLE_BYTES });
  if (!small.ok) {
    const findings = await explainFailure(server, file, small.error, say, signal);
    return { bytes: undefined, findings };
  }
  const usual = await read({ blksize: USUAL, windowsize: 1 });
  if (!usual.ok) {
    const isSlow = usual.bytes > SAMPLE_BYTES;
    const findings = [isSlow ? slow(server, usual) : blocksLost(server, USUAL, usual.error)];
    return { bytes: undefined, findings };
  }
  const { read: whole } = usual;
  // The rest would take minutes, too.
  if (whole.ms > SLOW_AFTER_MS && speedOf(whole) < SLOW) {
    return {
      bytes: undefined,
      findings: [slow(server, { ...whole, bytes: whole.bytes.length })],
    };
  }
  const findings: Finding[] = [];
  const windowed = await read({ blksize: USUAL, windowsize: 4, atMost: SAMPLE_BYTES });
  if (!windowed.ok) {
    findings.push(windowsLost(server, windowed.error));
  } else if (whole.blksize === USUAL && whole.bytes.length > LARGE) {
    const large = await read({ blksize: LARGE, windowsize: 1, atMost: SAMPLE_BYTES });
    if (!large.ok) {
      findings.push(fragmentsLost(server, large.error));
    }
  }
  return { bytes: whole.bytes, findings };
}

function resultText(result: TftpResult): string {
  if (!result.ok) {
    return `${result.error.message}, after ${result.bytes} bytes`;
  }
  const { read } = result;
  const { bytes, size, blksize, windowsize, serverPort, isWhole } = read;
  const of = isWhole ? '' : ` of ${size ?? 'an unknown number of'}`;
  return `${bytes.length}${of} bytes from port ${serverPort}, blksize ${blksize}, windowsize ${windowsize}, ${Math.round(speedOf(read) / 1000)} kB/s`;
}

function speedOf({ bytes, ms }: Pick<TftpRead, 'bytes' | 'ms'>): number {
  return (bytes.length * 1000) / Math.max(ms, 1);
}

async function explainFailure(
  server: string,
  file: string,
  error: TftpError,
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const found = (rule: string, what: string, why: string, fix: string): readonly Finding[] => [
    { rule, severity: 'error', what, why, fix, evidence: [error.message] },
  ];
  const why = 'Firmware gives up with "PXE-E32: TFTP open timeout" or "PXE-E18".';
  switch (error.code) {
    case 'ERR_TFTP_REMOTE':
      return [await explainRefusal(server, file, error, say, signal)];
    case 'ERR_TFTP_UNREACHABLE':
      if (isRefused(error)) {
        return found(
          'no-tftp-server',
          `nothing listens for TFTP on ${server}`,
          why,
          `Start the TFTP server there ("pxeboot serve"), or correct next-server in DHCP or --server.`,
        );
      }
      break;
    case 'ERR_TFTP_TIMEOUT':
      break;
    default:
      return found(
        'tftp-failed',
        `TFTP from ${server} fails: ${error.message}`,
        'Firmware gives up at the same place.',
        'Check the TFTP server and its log.',
      );
  }
  const isAlive = await answersTcp(server, TFTP_PORT);
  say(`= ${server} ${isAlive ? 'answers' : 'does not answer'} over TCP`);
  return isAlive
    ? found(
        'tftp-blocked',
        `${server} is there, but its TFTP server cannot be reached`,
        why,
        'Allow UDP port 69 through, and the replies, which most servers send from another port (nf_conntrack_tftp); check access.allow of pxeboot.',
      )
    : found(
        'host-unreachable',
        `no host answers at ${server}`,
        why,
        'Correct next-server in DHCP or --server, start that host, or check the route to it.',
      );
}

function isRefused({ cause }: TftpError): boolean {
  return cause instanceof Error && 'code' in cause && cause.code === 'ECONNREFUSED';
}

/** Explains an ERROR packet. If a similar name exists, the one that DHCP sends is wrong. */
async function explainRefusal(
  server: string,
  file: string,
  error: TftpError,
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<Finding> {
  const evidence = [error.message];
  const why = 'Firmware gives up with "PXE-T01: File not found" or "PXE-E23".';
  const base = file.slice(Math.max(file.lastIndexOf('/'), file.lastIndexOf('\\')) + 1);
  const similar = [...new Set([file.toLowerCase(), base, base.toLowerCase(), `/${file}`])];
  for (const name of similar.filter((other) => other !== file && other !== '')) {
    const result = await readByTftp(
      server,
      name,
      { blksize: SMALL, windowsize: 1, atMost: 1 },
      signal,
    );
    if (result.ok) {
      say(`= ${name} exists on ${server}`);
      const explanation = explainMissingFile({ path: `/${file}`, transport: 'tftp' });
      return {
        rule: explanation?.rule ?? 'wrong-name',
        severity: 'error',
        what: explanation?.cause ?? `${file} was requested, but the file is ${name}`,
        why,
        fix: explanation?.fix ?? `Set the boot file in DHCP to ${name}.`,
        evidence,
      };
    }
  }
  const explanation = explainMissingFile({ path: `/${base}`, transport: 'tftp' });
  return {
    rule: explanation?.rule ?? 'missing-loader',
    severity: 'error',
    what: explanation?.cause ?? `${server} has no file ${file}`,
    why,
    fix:
      explanation?.fix ??
      'Put the file there, or change the boot file in DHCP; "pxeboot dhcp" prints the lines for the files of pxeboot.',
    evidence,
  };
}

function blocksLost(server: string, blksize: number, error: TftpError): Finding {
  return {
    rule: 'large-blocks-lost',
    severity: 'error',
    what: `blocks of ${blksize} bytes from ${server} do not arrive, those of ${SMALL} bytes do`,
    why: 'UEFI firmware requests blocks of 1,468 bytes, and stops within the first ones: a link on the path has a smaller MTU.',
    fix: 'Set the MTU of the path to 1500, or tftp.maxBlockSize (to 1200, for example).',
    evidence: [error.message],
  };
}

function fragmentsLost(server: string, error: TftpError): Finding {
  return {
    rule: 'fragments-lost',
    severity: 'warning',
    what: `blocks above the MTU from ${server} do not arrive: something on the path drops fragments`,
    why: 'Clients that request large blocks, such as older GRUB and U-Boot, stop within the first ones.',
    fix: `Allow fragments through, or limit blocks to ${USUAL} bytes (tftp.maxBlockSize; tftpd-hpa: --blocksize).`,
    evidence: [error.message],
  };
}

function windowsLost(server: string, error: TftpError): Finding {
  return {
    rule: 'windows-lost',
    severity: 'error',
    what: `windows of several blocks from ${server} do not arrive, single blocks do`,
    why: 'UEFI firmware requests windows of four blocks, and stops.',
    fix: 'Look for a firewall or a rate limit on the path, or set tftp.maxWindowSize: 1.',
    evidence: [error.message],
  };
}

function slow(
  server: string,
  { bytes, ms }: { readonly bytes: number; readonly ms: number },
): Finding {
  const speed = Math.round(bytes / ms);
  return {
    rule: 'slow-tftp',
    severity: 'warning',
    what: `TFTP from ${server} is slow: ${speed} kB/s`,
    why: 'Each lost packet costs a second or more, so the installer takes minutes to load, or firmware gives up.',
    fix: 'Look for packet loss: the cable, the duplex setting of the switch port, an overloaded link.',
    evidence: [`${bytes} bytes in ${Math.round(ms / 1000)} s`],
  };
}
