import { randomInt } from 'node:crypto';

/**
 * Parts of a DHCPv4 message (RFC 2131) relevant for network booting. npm has no maintained codec: its `dhcp`
 * package from 2018 is a whole server.
 */
export interface DhcpOffer {
  readonly xid: number;
  /** `siaddr`: server of the boot file. */
  readonly nextServer: string;
  /** Option 67, otherwise the `file` field. */
  readonly bootFile: string;
  /** Options by code; repeated codes are joined (RFC 3396). */
  readonly options: ReadonlyMap<number, Buffer>;
}

/** Request with its transaction id. */
export interface DhcpDiscover {
  readonly xid: number;
  readonly bytes: Buffer;
}

const MAGIC = Buffer.from([99, 130, 83, 99]);
const HEADER_BYTES = 236;
const OPTION_END = 255;
const MESSAGE_TYPE = 53;
const DISCOVER = 1;
const OFFER = 2;
const BOOT_FILE = 67;

/** Creates a DHCPDISCOVER for a broadcast answer, with the options of a client. */
export function discover(options: ReadonlyMap<number, Buffer>): DhcpDiscover {
  const xid = randomInt(0xffff_ffff);
  const header = Buffer.alloc(HEADER_BYTES);
  header.set([1, 1, 6, 0]);
  header.writeUInt32BE(xid, 4);
  header.writeUInt16BE(0x80_00, 10);
  // A separate locally administered address per request, so that no lease is shared.
  header.set([0x02, 0, ...header.subarray(4, 8)], 28);
  const encoded = [[MESSAGE_TYPE, Buffer.from([DISCOVER])] as const, ...options].map(
    ([code, value]) => Buffer.concat([Buffer.from([code, value.byteLength]), value]),
  );
  return { xid, bytes: Buffer.concat([header, MAGIC, ...encoded, Buffer.from([OPTION_END])]) };
}

/** Reads a DHCPOFFER; undefined for any other message. */
export function parseOffer(bytes: Buffer): DhcpOffer | undefined {
  if (!bytes.subarray(HEADER_BYTES, HEADER_BYTES + 4).equals(MAGIC)) {
    return undefined;
  }
  const options = new Map<number, Buffer>();
  for (let at = HEADER_BYTES + 4; at < bytes.byteLength && bytes[at] !== OPTION_END;) {
    const code = bytes[at] ?? 0;
    if (code === 0) {
      at++;
      continue;
    }
    const length = bytes[at + 1] ?? 0;
    const value = bytes.subarray(at + 2, at + 2 + length);
    options.set(code, Buffer.concat([options.get(code) ?? Buffer.alloc(0), value]));
    at += 2 + length;
  }
  if (options.get(MESSAGE_TYPE)?.[0] !== OFFER) {
    return undefined;
  }
  const file = options.get(BOOT_FILE) ?? bytes.subarray(108, HEADER_BYTES);
  return {
    xid: bytes.readUInt32BE(4),
    nextServer: [...bytes.subarray(20, 24)].join('.'),
    bootFile: file.toString('latin1').split('\0', 1)[0] ?? '',
    options,
  };
}
