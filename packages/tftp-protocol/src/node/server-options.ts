import { TFTP_PORT } from '../codec/constants.js';
import { type TftpReadRequest, type TftpSource } from './source.js';
import { type TftpServerEvent } from './server-events.js';

/** An address to listen on. */
export interface TftpListenAddress {
  /**
   * IP address; IPv6 ones take IPv6 only. A wildcard (`0.0.0.0`, `::`) is taken as it is, and the
   * system then picks the address that answers come from, which firmware may not accept.
   */
  readonly address: string;
  /** @default TftpServerOptions.port */
  readonly port?: number;
}

/** What a server is made of. */
export interface TftpServerOptions {
  /**
   * Answers a read request by the file's source, or undefined for `ERROR 1 File not found`. A
   * {@link TftpError} thrown here is answered by its wire code.
   */
  readonly source: (
    request: TftpReadRequest,
  ) => TftpSource | undefined | Promise<TftpSource | undefined>;
  /**
   * Where to listen. `auto` binds a socket for each address of this host and looks for new ones
   * every 30 seconds, so that answers always come from the address that was asked.
   *
   * @default 'auto'
   */
  readonly listen?: 'auto' | readonly TftpListenAddress[];
  /**
   * UDP port for `auto` and for addresses without one; 0 for any that is free.
   *
   * @default 69
   */
  readonly port?: number;
  /**
   * Answer from the port that was asked, which passes NAT, load balancers and firewalls. Otherwise
   * each transfer has a port of its own, as in RFC 1350 §4, which a third party must guess.
   *
   * @default true
   */
  readonly singlePort?: boolean;
  /** Ports for transfers when `singlePort` is false; any by default. */
  readonly portRange?: { readonly from: number; readonly to: number };
  /**
   * Largest `blksize` granted in bytes, 8 to 65,464. By default what the link carries unfragmented.
   */
  readonly maxBlockSize?: number;
  /**
   * Largest `windowsize` granted in blocks, 1 to 65,535; a window never has more than 4 MiB.
   *
   * @default 64
   */
  readonly maxWindowSize?: number;
  /**
   * Whether a source address gets an answer at all.
   *
   * @default every address does
   */
  readonly allow?: (address: string) => boolean;
  /** Is told what happens. What it throws is not caught. */
  readonly observe?: (event: TftpServerEvent) => void;
}

/** {@link TftpServerOptions} with everything in its place. */
export interface TftpServerConfig {
  readonly source: TftpServerOptions['source'];
  readonly listen: 'auto' | readonly Required<TftpListenAddress>[];
  readonly port: number;
  readonly singlePort: boolean;
  readonly portRange: { readonly from: number; readonly to: number } | undefined;
  readonly maxBlockSize: number | undefined;
  readonly maxWindowSize: number;
  readonly allow: (address: string) => boolean;
  readonly observe: (event: TftpServerEvent) => void;
}

/** @throws RangeError when a number is out of its range */
export function parseServerOptions(options: TftpServerOptions): TftpServerConfig {
  const port = expectInteger('port', options.port ?? TFTP_PORT, 0, 0xffff);
  const { portRange } = options;
  if (portRange !== undefined) {
    expectInteger('portRange.from', portRange.from, 1, 0xffff);
    expectInteger('portRange.to', portRange.to, portRange.from, 0xffff);
  }
  return {
    source: options.source,
    listen:
      options.listen === undefined || options.listen === 'auto'
        ? 'auto'
        : options.listen.map((entry) => ({
            address: entry.address,
            port: expectInteger(`port of ${entry.address}`, entry.port ?? port, 0, 0xffff),
          })),
    port,
    singlePort: options.singlePort ?? true,
    portRange,
    maxBlockSize:
      options.maxBlockSize && expectInteger('maxBlockSize', options.maxBlockSize, 8, 65_464),
    maxWindowSize: expectInteger('maxWindowSize', options.maxWindowSize ?? 64, 1, 65_535),
    allow: options.allow ?? (() => true),
    observe: options.observe ?? (() => undefined),
  };
}

function expectInteger(name: string, value: number, least: number, most: number): number {
  if (!Number.isInteger(value) || value < least || value > most) {
    throw new RangeError(`${name} must be an integer from ${least} to ${most}, got ${value}`);
  }
  return value;
}
