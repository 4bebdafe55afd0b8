import { describe, expect, it } from 'vitest';

import { readCapture } from '../../test/support/captures.js';
import { BLANK, bytesOf, present } from '../../test/support/messages.js';
import { classifyClient } from '../client/boot-client.js';
import { MessageType, OptionCode, PxeOptionCode } from '../codec/constants.js';
import { decodeMessage } from '../codec/decode.js';
import { encodeMessage } from '../codec/encode.js';
import { type DhcpMessage } from '../codec/message.js';
import { encodeSubOptions } from '../codec/option-list.js';
import { messageTypeOf } from '../codec/option-values.js';
import { encodePxeBootServers, encodePxeMenu } from '../codec/pxe-values.js';
import { AnswerLimits } from '../responder/answer-limits.js';
import { BootServerResponder } from '../responder/boot-server.js';
import { ProxyDhcpResponder } from '../responder/proxy-dhcp.js';
import { readBootOffer, referralOf } from './boot-offer.js';
import { BootProbe, type BootProbeOptions, type ProbeDatagram } from './boot-probe.js';

const UEFI = { vendorClass: 'PXEClient', architecture: 7 } as const;

function probe(options: Partial<BootProbeOptions> = {}): BootProbe {
  return new BootProbe(
    {
      client: UEFI,
      hardwareAddress: BLANK.hardwareAddress,
      transactionId: BLANK.transactionId,
      localAddress: '192.0.2.50',
      ...options,
    },
    0,
  );
}

function sentBy(datagram: ProbeDatagram | undefined): DhcpMessage {
  const decoded = decodeMessage(present(datagram).bytes);
  if (!decoded.ok) {
    throw new Error(decoded.reason);
  }
  return decoded.message;
}

/** Returns an answer from a server. */
function answer(
  changes: Partial<DhcpMessage>,
  options: readonly (readonly [number, Uint8Array])[] = [],
  type: number = MessageType.offer,
): DhcpMessage {
  return {
    ...BLANK,
    operation: 'reply',
    options: new Map([
      [OptionCode.messageType, Uint8Array.of(type)],
      [OptionCode.serverIdentifier, Uint8Array.of(192, 0, 2, 1)],
      ...options,
    ]),
    ...changes,
  };
}

const PXE = [OptionCode.vendorClass, bytesOf('PXEClient')] as const;
const LEASE = encodeMessage(
  answer({ yourAddress: '192.0.2.100' }, [[OptionCode.leaseTime, Uint8Array.of(0, 0, 14, 16)]]),
);
const PROXY = encodeMessage(answer({ file: 'f' }, [PXE]));

describe('BootProbe', () => {
  it('asks as the client that it imitates does', () => {
    const clients = [
      [{ client: UEFI }, { vendorClass: 'PXEClient', program: 'firmware', firmware: 'uefi' }],
      [
        { client: { vendorClass: 'PXEClient', architecture: 0 } },
        { program: 'firmware', firmware: 'bios' },
      ],
      [
        { client: { vendorClass: 'HTTPClient', architecture: 16 } },
        { vendorClass: 'HTTPClient', cpu: 'x64' },
      ],
      [{ client: { ...UEFI, isIpxe: true } }, { program: 'ipxe', firmware: 'uefi' }],
    ] as const;
    for (const [options, client] of clients) {
      const datagram = probe(options).nextDatagram();
      const message = sentBy(datagram);

      expect(datagram).toMatchObject({
        to: { address: '255.255.255.255', port: 67 },
        fromPort: 68,
      });
      expect(messageTypeOf(message.options)).toBe(MessageType.discover);
      expect(message.flags).toBe(0x80_00);
      expect(classifyClient(message)).toMatchObject(client);
    }
  });

  it('reports the first offer of each sender and kind, in order', () => {
    const { hardwareAddress, transactionId } = BLANK;
    const asking = new BootProbe({ client: UEFI, hardwareAddress, transactionId }, 0);
    asking.receive(LEASE, '192.0.2.1');
    asking.receive(PROXY, '192.0.2.9');
    asking.receive(LEASE, '192.0.2.1');
    asking.receive(PROXY, '192.0.2.1');
    expect(asking.result).toBeUndefined();
    asking.timeout(4_999);
    expect(asking.result).toBeUndefined();
    asking.timeout(5_000);

    expect(asking.result?.offers.map(({ sender, kind }) => [sender, kind])).toEqual([
      ['192.0.2.1', 'lease'],
      ['192.0.2.9', 'proxy'],
      ['192.0.2.1', 'proxy'],
    ]);
    // Without an address of its own, the probe does not ask the boot server.
    expect(asking.result).toMatchObject({
      referral: { address: '192.0.2.1', item: undefined },
      acknowledgement: undefined,
    });
    expect(asking.deadline).toBeUndefined();
  });

  it('repeats its DISCOVER once, unless there is an offer', () => {
    const silent = probe();
    const answered = probe();
    expect(silent.nextDatagram()).toBeDefined();
    expect(silent.nextDatagram()).toBeUndefined();
    answered.nextDatagram();
    answered.receive(LEASE, '192.0.2.1');
    for (const asking of [silent, answered]) {
      expect(asking.deadline).toBe(1_500);
      asking.timeout(1_499);
      expect(asking.nextDatagram()).toBeUndefined();
      asking.timeout(1_500);
      expect(asking.deadline).toBe(5_000);
    }

    expect(messageTypeOf(sentBy(silent.nextDatagram()).options)).toBe(MessageType.discover);
    expect(answered.nextDatagram()).toBeUndefined();
    silent.timeout(1_600);
    expect(silent.nextDatagram()).toBeUndefined();
    silent.timeout(5_000);
    expect(silent.result).toEqual({ offers: [], referral: undefined, acknowledgement: undefined });
  });

  it('asks the boot server that an offer refers to, twice if need be', () => {
    const asking = probe({ offersMs: 100, bootServerMs: 2_000 });
    asking.nextDatagram();
    asking.receive(LEASE, '192.0.2.1');
    asking.receive(PROXY, '192.0.2.9');
    asking.timeout(100);
    const first = asking.nextDatagram();
    asking.timeout(1_600);
    const second = asking.nextDatagram();

    expect(first).toMatchObject({ to: { address: '192.0.2.1', port: 4011 }, fromPort: 4011 });
    expect(sentBy(first)).toMatchObject({ clientAddress: '192.0.2.50', flags: 0 });
    expect(messageTypeOf(sentBy(first).options)).toBe(MessageType.request);
    expect(second).toEqual(first);
    expect(asking.deadline).toBe(2_100);
    asking.receive(PROXY, '192.0.2.10');
    asking.receive(encodeMessage(answer({ file: 'g' }, [PXE], MessageType.ack)), '192.0.2.1');
    expect(asking.result).toMatchObject({ acknowledgement: { bootFile: 'g', kind: 'proxy' } });
    expect(asking.result?.offers.length).toBe(2);
    asking.timeout(9_999);
    expect(asking.nextDatagram()).toBeUndefined();
  });

  it("requests the first entry of dnsmasq's menu", () => {
    const capture = new URL('../../test/fixtures/dnsmasq-proxy.pcap', import.meta.url);
    const [, offer] = readCapture(capture).filter(({ sourcePort }) => sourcePort === 67);
    const { payload, from } = present(offer);
    const transactionId = new DataView(payload.buffer).getUint32(4);
    const asking = probe({ client: { vendorClass: 'PXEClient', architecture: 0 }, transactionId });
    asking.receive(payload, from);
    asking.timeout(5_000);
    const request = asking.nextDatagram();

    expect(request).toMatchObject({ to: { address: '192.0.2.1', port: 4011 } });
    expect(sentBy(request).options.get(OptionCode.vendorSpecific)).toEqual(
      Uint8Array.of(71, 4, 0x80, 0, 0, 0, 255),
    );
  });

  it('ends without an answer from the boot server', () => {
    const asking = probe();
    asking.receive(PROXY, '192.0.2.9');
    asking.timeout(5_000);
    expect(asking.result).toBeUndefined();
    asking.timeout(8_000);

    expect(asking.result).toMatchObject({
      referral: { address: '192.0.2.1' },
      acknowledgement: undefined,
    });
  });

  it.each<[string, Uint8Array]>([
    ['bytes that are not DHCP', new Uint8Array(20)],
    ['questions', encodeMessage({ ...answer({}), operation: 'request' })],
    ['answers to others', encodeMessage(answer({ transactionId: 1 }))],
    ['acknowledgements of leases', encodeMessage(answer({}, [], MessageType.ack))],
  ])('ignores %s', (_name, datagram) => {
    const asking = probe();
    asking.receive(datagram, '192.0.2.1');
    asking.timeout(5_000);

    expect(asking.result?.offers).toEqual([]);
  });

  it('keeps only 32 offers of a flood', () => {
    const asking = probe();
    for (let index = 0; index < 100; index += 1) {
      asking.receive(LEASE, `192.0.2.${index}`);
    }
    asking.timeout(5_000);

    expect(asking.result?.offers.length).toBe(32);
  });

  it('throws for an architecture or a hardware address that cannot be sent', () => {
    expect(() => probe({ client: { ...UEFI, architecture: 65_536 } })).toThrow(RangeError);
    expect(() => probe({ hardwareAddress: new Uint8Array(17) })).toThrow(RangeError);
  });

  it('gets the boot file from our ProxyDHCP service and boot server', () => {
    const options = {
      bootFileFor: () => ({ file: 'bootnetx64.efi' }),
      allows: () => true,
      limits: new AnswerLimits(),
    };
    const services = new Map<number, ProxyDhcpResponder | BootServerResponder>([
      [67, new ProxyDhcpResponder(options)],
      [4011, new BootServerResponder(options)],
    ]);
    const asking = probe();
    for (let now = 0; asking.result === undefined; now = asking.deadline ?? now) {
      asking.timeout(now);
      for (let sent = asking.nextDatagram(); sent; sent = asking.nextDatagram()) {
        const result = present(services.get(sent.to.port)).receive(
          {
            datagram: sent.bytes,
            from: { address: '192.0.2.50', port: sent.fromPort },
            localAddress: '192.0.2.1',
            link: 'eth0',
          },
          now,
        );
        if (result.type === 'answered') {
          asking.receive(result.answer.bytes, '192.0.2.1');
        }
      }
    }

    expect(asking.result).toMatchObject({
      offers: [{ kind: 'proxy', bootFile: 'bootnetx64.efi', nextServer: '192.0.2.1' }],
      referral: { address: '192.0.2.1' },
      acknowledgement: { bootFile: 'bootnetx64.efi', vendorClass: 'PXEClient' },
    });
  });
});

describe('referralOf', () => {
  const pxe = (entries: readonly (readonly [number, Uint8Array])[]) =>
    referralOf(
      readBootOffer(
        answer({}, [PXE, [OptionCode.vendorSpecific, encodeSubOptions(new Map(entries))]]),
        '192.0.2.1',
      ),
    );
  const control = [PxeOptionCode.discoveryControl, Uint8Array.of(3)] as const;
  const menu = (type: number) =>
    [PxeOptionCode.bootMenu, encodePxeMenu([{ type, description: 'm' }])] as const;
  const servers = [
    PxeOptionCode.bootServers,
    encodePxeBootServers([
      { type: 0, addresses: ['192.0.2.6'] },
      { type: 1, addresses: [] },
      { type: 2, addresses: ['192.0.2.8', '192.0.2.7'] },
    ]),
  ] as const;

  it("follows dnsmasq's offers to its boot server, with the first entry of the menu", () => {
    const capture = new URL('../../test/fixtures/dnsmasq-proxy.pcap', import.meta.url);
    const referrals = readCapture(capture)
      .filter(({ sourcePort }) => sourcePort === 67)
      .map(({ payload, from }) => {
        const decoded = decodeMessage(payload);
        return decoded.ok ? referralOf(readBootOffer(decoded.message, from)) : decoded.reason;
      });

    expect(referrals).toEqual([
      { address: '192.0.2.1', item: undefined },
      { address: '192.0.2.1', item: { type: 0x80_00, layer: 0 } },
    ]);
  });

  it('uses the server of the first entry of the menu', () => {
    expect(pxe([control, menu(2), servers])).toEqual({
      address: '192.0.2.8',
      item: { type: 2, layer: 0 },
    });
  });

  it.each([
    ['of the local disk', [control, menu(0), servers]],
    ['without a server', [control, menu(3), servers]],
    ['with an empty list of servers', [control, menu(1), servers]],
    ['without a list of servers', [control, menu(2)]],
    [
      'with a broken list of servers',
      [control, menu(2), [PxeOptionCode.bootServers, new Uint8Array(2)] as const],
    ],
    ['that is missing', [control, servers]],
    ['that is broken', [control, [PxeOptionCode.bootMenu, new Uint8Array(2)] as const, servers]],
  ])('finds no boot server for a menu %s', (_name, entries) => {
    expect(pxe(entries)).toBeUndefined();
  });

  it('uses siaddr of an offer without PXE options, otherwise its server identifier', () => {
    const referral = (changes: Partial<DhcpMessage>, value: Uint8Array) =>
      referralOf(
        readBootOffer(answer(changes, [PXE, [OptionCode.vendorSpecific, value]]), '192.0.2.1'),
      );

    expect(referral({ nextServer: '192.0.2.9' }, Uint8Array.of(1, 1, 0))?.address).toBe(
      '192.0.2.9',
    );
    expect(referral({}, Uint8Array.of(6, 9))?.address).toBe('192.0.2.1');
    expect(
      referralOf(readBootOffer({ ...BLANK, options: new Map([PXE]) }, '192.0.2.1')),
    ).toBeUndefined();
  });

  it('returns undefined for answers that are not for PXE clients', () => {
    expect(referralOf(readBootOffer(answer({ file: 'f' }), '192.0.2.1'))).toBeUndefined();
    expect(
      referralOf(
        readBootOffer(answer({}, [[OptionCode.vendorClass, bytesOf('HTTPClient')]]), '192.0.2.1'),
      ),
    ).toBeUndefined();
  });

  it("does not treat the acknowledgement of dnsmasq's boot server as a lease", () => {
    const capture = new URL('../../test/fixtures/dnsmasq-proxy.pcap', import.meta.url);
    const kinds = readCapture(capture)
      .filter(({ sourcePort, from }) => sourcePort === 4011 && from === '192.0.2.1')
      .map(({ payload, from }) => {
        const decoded = decodeMessage(payload);
        return decoded.ok ? readBootOffer(decoded.message, from).kind : decoded.reason;
      });

    expect(kinds).toEqual(['proxy', 'proxy']);
  });

  it('reads the name of the TFTP server', () => {
    const offer = readBootOffer(
      answer({}, [[OptionCode.tftpServerName, bytesOf('boot\0')]]),
      '192.0.2.1',
    );

    expect(offer).toMatchObject({
      tftpServerName: 'boot',
      nextServer: undefined,
      server: '192.0.2.1',
    });
  });
});
