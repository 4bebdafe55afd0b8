import { randomInt } from 'node:crypto';

/** Options of a DHCPv6 message by code; a code that occurs several times has its last value. */
export type Ipv6Options = ReadonlyMap<number, Buffer>;

/** DHCPv6 message (RFC 8415) without relays. */
export interface Ipv6Message {
  readonly type: number;
  /** 24-bit transaction id. */
  readonly id: number;
  readonly options: Ipv6Options;
}

export const SOLICIT = 1;
export const ADVERTISE = 2;

const CLIENT_IDENTIFIER = 1;
const IA_NA = 3;
const REQUESTED_OPTIONS = 6;
const ELAPSED_TIME = 8;
const USER_CLASS = 15;
const VENDOR_CLASS = 16;
const ARCHITECTURE = 61;
const NETWORK_INTERFACE = 62;

/** Options requested by EDK2 (PxeBcDhcp6.c, HttpBootDhcp6.c). */
const REQUESTED = [59, 60, 23, 16];

/** Returns the options of firmware. */
export function firmware(
  architecture: number,
  vendor = 'PXEClient',
  requested: readonly number[] = REQUESTED,
): Ipv6Options {
  const name = `${vendor}:Arch:${String(architecture).padStart(5, '0')}:UNDI:003000`;
  return new Map([
    [REQUESTED_OPTIONS, numbers(requested)],
    [ARCHITECTURE, numbers([architecture])],
    [NETWORK_INTERFACE, Buffer.from([1, 3, 0])],
    [VENDOR_CLASS, Buffer.concat([Buffer.from([0, 0, 1, 87]), numbers([name.length]), text(name)])],
  ]);
}

export function ipxe(architecture: number): Ipv6Options {
  return new Map([
    ...firmware(architecture),
    [USER_CLASS, Buffer.concat([numbers([4]), text('iPXE')])],
  ]);
}

/** Machine that boots from its disk, and requests everything. */
export const laptop: Ipv6Options = new Map([[REQUESTED_OPTIONS, numbers(REQUESTED)]]);

/** Encodes a SOLICIT from a machine that wants an address; each call makes up another hardware address. */
export function solicit(options: Ipv6Options): { readonly id: number; readonly bytes: Buffer } {
  const id = randomInt(0x100_0000);
  const identifier = Buffer.from([0, 3, 0, 1, 2, 0, 0, id >> 16, (id >> 8) & 0xff, id & 0xff]);
  const all = new Map([
    [CLIENT_IDENTIFIER, identifier],
    [IA_NA, Buffer.concat([identifier.subarray(-4), Buffer.alloc(8)])],
    [ELAPSED_TIME, Buffer.alloc(2)],
    ...options,
  ]);
  const encoded = [...all].map(([code, value]) =>
    Buffer.concat([numbers([code, value.length]), value]),
  );
  const header = Buffer.from([SOLICIT, id >> 16, (id >> 8) & 0xff, id & 0xff]);
  return { id, bytes: Buffer.concat([header, ...encoded]) };
}

/** Reads a message from a server. */
export function readMessage(bytes: Buffer): Ipv6Message {
  const options = new Map<number, Buffer>();
  for (let at = 4; at + 4 <= bytes.length; at += 4 + bytes.readUInt16BE(at + 2)) {
    options.set(
      bytes.readUInt16BE(at),
      bytes.subarray(at + 4, at + 4 + bytes.readUInt16BE(at + 2)),
    );
  }
  return { type: bytes.readUInt8(0), id: bytes.readUIntBE(1, 3), options };
}

function numbers(values: readonly number[]): Buffer {
  return Buffer.concat(values.map((value) => Buffer.from([value >> 8, value & 0xff])));
}

function text(value: string): Buffer {
  return Buffer.from(value, 'latin1');
}
