import { type TftpError } from '@pxe/tftp-protocol/node';

import { explainMissingFile } from '../machines/diagnosis/wrong-file.js';
import { type Finding } from '../self-check/finding.js';
import { answersTcp } from './probe-host.js';
import {
  failureFinding,
  LARGE,
  largeBlockFindings,
  SAMPLE_BYTES,
  silenceFinding,
  SMALL,
  speedOf,
  USUAL,
  usualBlockFindings,
  windowFindings,
} from './tftp-findings.js';
import { readByTftp, type TftpReadOptions, type TftpResult } from './tftp-reads.js';

/** Boot file, or the reason why it cannot be loaded. */
export interface Loaded {
  /** Content; undefined if it could not be loaded. */
  readonly bytes: Buffer | undefined;
  readonly findings: readonly Finding[];
}

/** Options of {@link loadByTftp}. */
export interface LoadOptions {
  /** Called with each line of the report. */
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
  /** UDP port of the server. @default 69, the only one that firmware uses */
  readonly port?: number;
}

/**
 * Loads a boot file repeatedly, as different firmware would: with 512-byte blocks, with UEFI's block size, with
 * a window, and with blocks that must be fragmented. Stops at the first problem.
 */
export async function loadByTftp(
  server: string,
  file: string,
  options: LoadOptions,
): Promise<Loaded> {
  const { say, signal, port = 69 } = options;
  const read = async (options: TftpReadOptions): Promise<TftpResult> => {
    say(
      `> RRQ ${file} to ${server} port ${port}, blksize ${options.blksize}, windowsize ${options.windowsize}`,
    );
    const result = await readByTftp(server, file, { port, ...options }, signal);
    say(`< ${resultText(result)}`);
    return result;
  };

  const small = await read({ blksize: SMALL, windowsize: 1, atMost: SAMPLE_BYTES });
  if (!small.ok) {
    const findings = await explainFailure(server, file, small.error, { say, signal, port });
    return { bytes: undefined, findings };
  }
  const usual = await read({ blksize: USUAL, windowsize: 1 });
  const obstacles = usualBlockFindings(server, usual);
  if (!usual.ok || obstacles.length > 0) {
    // After a slow transfer, the others would take minutes, too.
    return { bytes: undefined, findings: obstacles };
  }
  const { read: whole } = usual;
  const windowed = await read({ blksize: USUAL, windowsize: 4, atMost: SAMPLE_BYTES });
  if (!windowed.ok) {
    return { bytes: whole.bytes, findings: windowFindings(server, windowed) };
  }
  if (whole.blksize !== USUAL || whole.bytes.length <= LARGE) {
    return { bytes: whole.bytes, findings: [] };
  }
  const large = await read({ blksize: LARGE, windowsize: 1, atMost: SAMPLE_BYTES });
  return { bytes: whole.bytes, findings: largeBlockFindings(server, large) };
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

async function explainFailure(
  server: string,
  file: string,
  error: TftpError,
  options: Required<LoadOptions>,
): Promise<readonly Finding[]> {
  if (error.code === 'ERR_TFTP_REMOTE') {
    return [await explainRefusal(server, file, error, options)];
  }
  const failure = failureFinding(server, error);
  if (failure !== undefined) {
    return [failure];
  }
  const isAlive = await answersTcp(server, options.port);
  options.say(`= ${server} ${isAlive ? 'answers' : 'does not answer'} over TCP`);
  return [silenceFinding(server, error, isAlive)];
}

/** Explains an ERROR packet. If a similar name exists, the one that DHCP sends is wrong. */
async function explainRefusal(
  server: string,
  file: string,
  error: TftpError,
  { say, signal, port }: Required<LoadOptions>,
): Promise<Finding> {
  const evidence = [error.message];
  const why = 'Firmware gives up with "PXE-T01: File not found" or "PXE-E23".';
  const base = file.slice(Math.max(file.lastIndexOf('/'), file.lastIndexOf('\\')) + 1);
  const similar = [...new Set([file.toLowerCase(), base, base.toLowerCase(), `/${file}`])];
  for (const name of similar.filter((other) => other !== file && other !== '')) {
    const result = await readByTftp(
      server,
      name,
      { port, blksize: SMALL, windowsize: 1, atMost: 1 },
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
      'Put the file there, or change the boot file in DHCP; "pxeboot dhcp" prints the configuration for the files that pxeboot serves.',
    evidence,
  };
}
