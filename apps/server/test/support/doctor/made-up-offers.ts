import { type BootOffer, type DhcpMessage, OptionCode, readBootOffer } from '@pxe/dhcp-protocol';

/** Fields of an offer that differ from those of an ordinary one. */
export interface OfferFields {
  readonly from?: string;
  readonly file?: string;
  readonly nextServer?: string;
  readonly isProxy?: boolean;
  readonly options?: readonly (readonly [code: number, text: string])[];
}

/** Returns an offer, by default one from 192.0.2.1 that names no boot file. */
export function madeUpOffer({
  from = '192.0.2.1',
  file = '',
  nextServer = '192.0.2.9',
  isProxy = false,
  options = [],
}: OfferFields): BootOffer {
  const message: DhcpMessage = {
    operation: 'reply',
    hardwareType: 1,
    hardwareAddress: new Uint8Array(6),
    hops: 0,
    transactionId: 1,
    seconds: 0,
    flags: 0,
    clientAddress: '0.0.0.0',
    yourAddress: isProxy ? '0.0.0.0' : '192.0.2.50',
    nextServer,
    relayAddress: '0.0.0.0',
    serverName: '',
    file,
    options: new Map<number, Uint8Array>([
      ...(isProxy ? [] : [[OptionCode.leaseTime, Uint8Array.of(0, 0, 1, 0)] as const]),
      ...options.map(([code, text]) => [code, Buffer.from(text, 'latin1')] as const),
    ]),
  };
  return readBootOffer(message, from);
}
