import {
  decodePacket,
  encodePacket,
  type OutgoingDatagram,
  type TftpPacket,
  type TransferEvent,
} from '../../src/index.js';

/** Returns a packet in short form: `DATA 1 (512)`, `ACK 0`, `OACK blksize=1024`, `ERROR 1 File not found`. */
export function text(packet: TftpPacket): string {
  switch (packet.type) {
    case 'rrq':
    case 'wrq':
      return [
        packet.type.toUpperCase(),
        packet.filename,
        packet.mode,
        ...packet.options.map(([name, value]) => `${name}=${value}`),
      ].join(' ');
    case 'data':
      return `DATA ${packet.block} (${packet.data.length})`;
    case 'ack':
      return `ACK ${packet.block}`;
    case 'error':
      return `ERROR ${packet.code} ${packet.message}`;
    case 'oack':
      return ['OACK', ...packet.options.map(([name, value]) => `${name}=${value}`)].join(' ');
  }
}

/** Output side of a machine. */
interface Talking {
  nextDatagram(): OutgoingDatagram | undefined;
  nextEvent(): TransferEvent | undefined;
}

/** Output collected from a machine. */
export interface Output {
  /** Datagrams, as text. */
  readonly sent: readonly string[];
  readonly events: readonly TransferEvent[];
}

/**
 * Removes and returns all events and datagrams of a machine; a receiver acknowledges data once its event is
 * removed.
 */
export function output(machine: Talking): Output {
  const events = [...told(machine)];
  const packets: string[] = [];
  for (let out = machine.nextDatagram(); out !== undefined; out = machine.nextDatagram()) {
    const decoded = decodePacket(Buffer.concat([out.head, out.body ?? Buffer.alloc(0)]));
    packets.push(decoded.ok ? text(decoded.packet) : decoded.reason);
  }
  return { sent: packets, events: [...events, ...told(machine)] };
}

/** Removes and returns the datagrams that a machine wants to send now, as text; discards its events. */
export function sent(machine: Talking): string[] {
  return [...output(machine).sent];
}

/** Removes and returns the events of a machine. */
export function told(machine: Talking): readonly TransferEvent[] {
  const events: TransferEvent[] = [];
  for (let event = machine.nextEvent(); event !== undefined; event = machine.nextEvent()) {
    events.push(event);
  }
  return events;
}

/** Returns the bytes of an ACK. */
export function ack(block: number): Uint8Array {
  return encodePacket({ type: 'ack', block });
}

/** Returns the bytes of a DATA packet with zeros as its payload. */
export function data(block: number, length: number): Uint8Array {
  return encodePacket({ type: 'data', block, data: new Uint8Array(length) });
}

/** Returns the bytes of an OACK. */
export function oack(options: Record<string, string | number>): Uint8Array {
  return encodePacket({
    type: 'oack',
    options: Object.entries(options).map(([name, value]) => [name, String(value)]),
  });
}

/** Returns the bytes of an ERROR. */
export function error(code: number, message = ''): Uint8Array {
  return encodePacket({ type: 'error', code, message });
}

/** Returns the bytes of a datagram in hexadecimal. */
export function bytesOf({ head, body = new Uint8Array() }: OutgoingDatagram): string {
  return Buffer.concat([head, body]).toString('hex');
}
