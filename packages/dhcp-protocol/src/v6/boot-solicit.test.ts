import { describe, expect, it } from 'vitest';

import { firmwareOptions } from '../../test/support/ipv6-messages.js';
import { bytesOf } from '../../test/support/messages.js';
import { bootSolicit, readDhcpv6BootOffer } from './boot-solicit.js';
import { decodeDhcpv6Message, encodeDhcpv6Message } from './codec.js';
import { classifyHttpBootClient } from './http-boot-client.js';
import { Dhcpv6MessageType, Dhcpv6OptionCode } from './message.js';

const hardwareAddress = Uint8Array.of(0x52, 0x54, 0, 0x12, 0x34, 0x56);
const ADDRESS = Uint8Array.of(0xfd, 0x77, ...new Uint8Array(13), 0x50);

describe('bootSolicit', () => {
  it('asks as firmware does', () => {
    const client = { vendorClass: 'HTTPClient', architecture: 16 } as const;
    const message = bootSolicit({ client, hardwareAddress, transactionId: 1 });
    const decoded = decodeDhcpv6Message(encodeDhcpv6Message(message));
    expect(decoded).toEqual({ ok: true, message });
    expect([...message.options.keys()]).toEqual([...firmwareOptions(16).keys()]);
    for (const code of [
      Dhcpv6OptionCode.identityAssociation,
      Dhcpv6OptionCode.clientArchitecture,
      Dhcpv6OptionCode.clientNetworkInterface,
      Dhcpv6OptionCode.vendorClass,
    ]) {
      expect(message.options.get(code)).toEqual(firmwareOptions(16).get(code));
    }
    expect(classifyHttpBootClient(message, 'fe80::1')).toMatchObject({
      mac: '52:54:00:12:34:56',
      architecture: 16,
      firmware: 'uefi',
      cpu: 'x64',
    });
  });

  it('asks for settings alone, as iPXE does', () => {
    const client = { vendorClass: 'PXEClient', architecture: 7, isIpxe: true } as const;
    const { messageType, options } = bootSolicit({
      client,
      hardwareAddress,
      transactionId: 1,
      isStateless: true,
    });
    expect(messageType).toBe(Dhcpv6MessageType.informationRequest);
    expect(options.has(Dhcpv6OptionCode.identityAssociation)).toBe(false);
    expect(options.get(Dhcpv6OptionCode.userClass)).toEqual([
      Uint8Array.of(0, 4, ...bytesOf('iPXE')),
    ]);
  });

  it('cannot be encoded with an architecture above 65,535', () => {
    const client = { vendorClass: 'PXEClient', architecture: 65_536 } as const;
    expect(() => bootSolicit({ client, hardwareAddress, transactionId: 1 })).toThrow(
      'architecture must be an integer from 0 to 65535, got 65536',
    );
  });
});

describe('readDhcpv6BootOffer', () => {
  const association = (...options: readonly number[]): Uint8Array =>
    Uint8Array.of(...new Uint8Array(12), ...options);
  const lease = association(0, 5, 0, 24, ...ADDRESS, ...new Uint8Array(8));

  it('reads the address and the URL', () => {
    const options = new Map<number, readonly Uint8Array[]>([
      [Dhcpv6OptionCode.serverIdentifier, [Uint8Array.of(0, 3)]],
      [Dhcpv6OptionCode.identityAssociation, [lease]],
      [Dhcpv6OptionCode.bootFileUrl, [bytesOf('tftp://[fd77::1]/x')]],
    ]);
    const message = { messageType: Dhcpv6MessageType.advertise, transactionId: 1, options };
    expect(readDhcpv6BootOffer(message)).toEqual({
      serverIdentifier: Uint8Array.of(0, 3),
      address: ADDRESS,
      bootFileUrl: 'tftp://[fd77::1]/x',
    });
  });

  it.each([
    ['an association without an address', [association(0, 13, 0, 2, 0, 2)]],
    ['a short association', [new Uint8Array(3)]],
    ['a short address', [association(0, 5, 0, 16, ...ADDRESS)]],
    ['a truncated address', [lease.subarray(0, 30)]],
  ])('finds no address in %s', (_title, values) => {
    const message = {
      messageType: Dhcpv6MessageType.reply,
      transactionId: 1,
      options: new Map([[Dhcpv6OptionCode.identityAssociation, values]]),
    };
    expect(readDhcpv6BootOffer(message)).toEqual({
      serverIdentifier: undefined,
      address: undefined,
      bootFileUrl: undefined,
    });
  });

  it('finds nothing in an answer without options', () => {
    const message = { messageType: Dhcpv6MessageType.reply, transactionId: 1, options: new Map() };
    expect(readDhcpv6BootOffer(message)).toEqual({
      serverIdentifier: undefined,
      address: undefined,
      bootFileUrl: undefined,
    });
  });

  it('returns undefined for other messages', () => {
    const message = { messageType: 1, transactionId: 1, options: new Map() };
    expect(readDhcpv6BootOffer(message)).toBeUndefined();
  });
});
