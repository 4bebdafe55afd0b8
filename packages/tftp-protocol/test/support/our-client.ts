import { join } from 'node:path';

import { type TftpClientOptions } from '../../src/node/index.js';
import { type PrivateNetwork } from './private-network.js';

/** Program that acts as our server or our client. */
export const ENDPOINT_PROGRAM: string = join(import.meta.dirname, 'endpoint-program.js');

/** One transfer for our client, with the server on loopback. */
export interface TransferJob {
  readonly action: 'get' | 'put';
  /** File name to request. */
  readonly remote: string;
  /** File on this side. */
  readonly local: string;
  readonly options?: Pick<
    TftpClientOptions,
    'blksize' | 'windowsize' | 'timeoutSeconds' | 'mode' | 'retransmission'
  > &
    Partial<Pick<TftpClientOptions, 'host'>>;
}

/** Result of a transfer with our client. */
export interface TransferOutcome {
  readonly ok: boolean;
  readonly code?: string;
  readonly wireCode?: number;
  readonly windowsize?: number;
  readonly finalAckMissing?: boolean;
}

/** Runs our client in a network, for one transfer after another. */
export async function transferAll(
  network: PrivateNetwork,
  jobs: readonly TransferJob[],
): Promise<TransferOutcome[]> {
  const { stdout, stderr } = await network.run(
    ...([process.execPath, ENDPOINT_PROGRAM, 'transfer', JSON.stringify(jobs)] as const),
  );
  if (stdout === '') {
    throw new Error(stderr);
  }
  return JSON.parse(stdout) as TransferOutcome[];
}
