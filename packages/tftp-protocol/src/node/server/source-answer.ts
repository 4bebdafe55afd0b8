import { WireErrorCode } from '../../codec/constants.js';
import { type ServerTransfer } from '../../endpoint/server-transfer.js';
import { TftpError, wireMessage } from '../../errors.js';
import { type HeldBytes } from '../content/held-bytes.js';
import { SourceReader } from '../content/source-reader.js';
import { type TftpSource } from '../content/source.js';
import { type DatagramTransport } from '../udp/datagram-transport.js';
import { type Answer } from './answer.js';
import { type EndpointDriver } from './endpoint-driver.js';

/** Answers a read request from a source. */
export class SourceAnswer implements Answer {
  readonly reader: SourceReader;
  readonly #source: TftpSource;
  #error: unknown;

  constructor(
    transfer: ServerTransfer<DatagramTransport>,
    source: TftpSource,
    held: HeldBytes,
    driver: EndpointDriver,
  ) {
    this.#source = source;
    this.reader = new SourceReader(source, held, {
      ready: () => {
        driver.run((endpoint, now) => {
          endpoint.resume(transfer, now);
        });
      },
      failed: (error) => {
        this.#error ??= error;
        driver.run((endpoint, now) => {
          const code = wireCodeOf(error);
          endpoint.abort(transfer, code, wireMessage(code), now);
        });
      },
    });
  }

  get size(): number | undefined {
    return this.reader.size;
  }

  get error(): unknown {
    return this.#error;
  }

  async end(): Promise<void> {
    this.reader.close();
    await this.#source.close?.();
  }
}

/** The code by which an error of a source or sink is answered. */
export function wireCodeOf(error: unknown): number {
  return error instanceof TftpError ? error.wireCode : WireErrorCode.notDefined;
}
