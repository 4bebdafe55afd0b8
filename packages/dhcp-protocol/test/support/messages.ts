import { type DhcpMessage, encodeMessage, MessageType, OptionCode } from '../../src/index.js';

/** Message from a client on Ethernet with nothing set. */
export const BLANK: DhcpMessage = {
  operation: 'request',
  hardwareType: 1,
  hardwareAddress: Uint8Array.of(0x52, 0x54, 0, 0x12, 0x34, 0x56),
  hops: 0,
  transactionId: 0x1234_5678,
  seconds: 4,
  flags: 0x80_00,
  clientAddress: '0.0.0.0',
  yourAddress: '0.0.0.0',
  nextServer: '0.0.0.0',
  relayAddress: '0.0.0.0',
  serverName: '',
  file: '',
  options: new Map(),
};

/** Returns the options of firmware, as EDK2 and PXE ROMs send them. */
export function firmwareOptions(
  architecture: number,
  vendorClass = 'PXEClient',
): Map<number, Uint8Array> {
  const name = `${vendorClass}:Arch:${String(architecture).padStart(5, '0')}:UNDI:003000`;
  return new Map<number, Uint8Array>([
    [OptionCode.messageType, Uint8Array.of(MessageType.discover)],
    [OptionCode.vendorClass, bytesOf(name)],
    [OptionCode.clientArchitecture, Uint8Array.of(architecture >> 8, architecture & 0xff)],
    [OptionCode.clientNetworkInterface, Uint8Array.of(1, 3, 0)],
    [OptionCode.clientMachineIdentifier, Uint8Array.from({ length: 17 }, (_, index) => index)],
  ]);
}

/** Encodes a message as firmware would send it. */
export function firmwareMessage(
  architecture: number,
  changes: Partial<DhcpMessage> = {},
  extra: Iterable<readonly [number, Uint8Array]> = [],
): Uint8Array<ArrayBuffer> {
  return encodeMessage({
    ...BLANK,
    options: new Map([...firmwareOptions(architecture), ...extra]),
    ...changes,
  });
}

export function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(Buffer.from(text, 'latin1'));
}

/** Asserts that a value is there, and returns it. */
export function present<Value>(value: Value | undefined): Value {
  if (value === undefined) {
    throw new Error('expected a value');
  }
  return value;
}
