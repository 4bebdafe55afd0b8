import { readdirSync } from 'node:fs';

import { describe, expect, it } from 'vitest';

import {
  addressesOption,
  AnswerLimits,
  bootFileOf,
  BootServerResponder,
  classifyClient,
  decodeMessage,
  decodePxeBootServers,
  decodePxeMenu,
  decodePxeMenuPrompt,
  decodeSubOptions,
  type DhcpMessage,
  encodeMessage,
  machineUuidOf,
  MessageType,
  messageTypeOf,
  OptionCode,
  ProxyDhcpResponder,
  PxeOptionCode,
  textOption,
} from '../src/index.js';
import { readCapture } from './support/captures.js';
import { present } from './support/messages.js';

const FIXTURES = new URL('./fixtures/', import.meta.url);

function messagesOf(file: string): DhcpMessage[] {
  return readCapture(new URL(file, FIXTURES)).map(({ payload }) => {
    const decoded = decodeMessage(payload);
    if (!decoded.ok) {
      throw new Error(decoded.reason);
    }
    return decoded.message;
  });
}

const ofType = (messages: readonly DhcpMessage[], type: number) =>
  messages.filter(({ options }) => messageTypeOf(options) === type);

describe('recorded exchanges', () => {
  it.each(readdirSync(FIXTURES).filter((name) => name.endsWith('.pcap')))(
    'of %s decode, and encode to the same message',
    (file) => {
      const messages = messagesOf(file);

      expect(messages.length).toBeGreaterThanOrEqual(5);
      for (const message of messages) {
        expect(decodeMessage(encodeMessage(message))).toEqual({ ok: true, message });
      }
    },
  );

  it("distinguish Debian's installer, UEFI and iPXE", () => {
    const clients = ofType(messagesOf('dnsmasq-lease.pcap'), MessageType.discover).map(
      classifyClient,
    );

    expect(clients).toMatchObject([
      undefined,
      { program: 'firmware', firmware: 'uefi', cpu: 'x64' },
      { program: 'ipxe', firmware: 'bios' },
    ]);
  });

  it('show the boot file and server that dnsmasq leases', () => {
    const offers = ofType(messagesOf('dnsmasq-lease.pcap'), MessageType.offer);

    expect(offers.map(bootFileOf)).toEqual(['lpxelinux.0', 'bootnetx64.efi', 'lpxelinux.0']);
    expect(offers.map(({ nextServer }) => nextServer)).toEqual([
      '192.0.2.9',
      '192.0.2.9',
      '192.0.2.9',
    ]);
    expect(
      offers.map(({ options }) => addressesOption(options, OptionCode.serverIdentifier)),
    ).toEqual([['192.0.2.1'], ['192.0.2.1'], ['192.0.2.1']]);
  });

  it("show dnsmasq's PXE menu", () => {
    const [, offer] = ofType(messagesOf('dnsmasq-proxy.pcap'), MessageType.offer);
    const decoded = decodeSubOptions(present(offer?.options.get(OptionCode.vendorSpecific)));
    if (!decoded.ok) {
      throw new Error(decoded.reason);
    }
    const value = (code: number) => present(decoded.options.get(code));

    expect(value(PxeOptionCode.discoveryControl)).toEqual(Uint8Array.of(3));
    expect(decodePxeBootServers(value(PxeOptionCode.bootServers))).toEqual([
      { type: 0x80_00, addresses: ['192.0.2.1'] },
    ]);
    expect(decodePxeMenu(value(PxeOptionCode.bootMenu))).toEqual([
      { type: 0x80_00, description: 'BIOS' },
      { type: 0, description: 'Local' },
    ]);
    expect(decodePxeMenuPrompt(value(PxeOptionCode.menuPrompt))).toEqual({
      timeoutSeconds: 3,
      text: 'Menu',
    });
  });

  it('show that dnsmasq, too, sends UEFI an offer without option 43', () => {
    const [uefi] = ofType(messagesOf('dnsmasq-proxy.pcap'), MessageType.offer);

    expect(uefi?.options.has(OptionCode.vendorSpecific)).toBe(false);
  });

  it.each(['isc-lease.pcap', 'kea-lease.pcap'])(
    'show what %s offers to UEFI and HTTP Boot',
    (file) => {
      const messages = messagesOf(file);

      expect(ofType(messages, MessageType.discover).map(classifyClient)).toMatchObject([
        undefined,
        { vendorClass: 'PXEClient', architecture: 7 },
        { vendorClass: 'HTTPClient', architecture: 16 },
      ]);
      expect(ofType(messages, MessageType.offer).map(bootFileOf)).toEqual([
        '',
        'bootnetx64.efi',
        'http://192.0.2.9:8069/bootnetx64.efi',
      ]);
    },
  );

  it('get the same kind of answer from our responders as from dnsmasq', () => {
    const captured = readCapture(new URL('dnsmasq-proxy.pcap', FIXTURES));
    const options = {
      bootFileFor: () => ({ file: 'lpxelinux.0', server: '192.0.2.9' }),
      allows: () => true,
      limits: new AnswerLimits(),
    };
    const proxy = new ProxyDhcpResponder(options);
    const bootServer = new BootServerResponder(options);
    let compared = 0;
    for (const [index, { payload, from, sourcePort, destinationPort }] of captured.entries()) {
      const next = captured[index + 1];
      if (from === '192.0.2.1' || next?.from !== '192.0.2.1') {
        continue;
      }
      const result = (destinationPort === 67 ? proxy : bootServer).receive(
        {
          datagram: payload,
          from: { address: from, port: sourcePort },
          localAddress: '192.0.2.1',
          link: 'eth0',
        },
        0,
      );
      if (result.type === 'unanswered') {
        throw new Error(result.reason);
      }
      const [ours, theirs] = [result.answer.bytes, next.payload].map((bytes) => {
        const decoded = decodeMessage(bytes);
        if (!decoded.ok) {
          throw new Error(decoded.reason);
        }
        const { message } = decoded;
        return {
          type: messageTypeOf(message.options),
          transaction: message.transactionId,
          flags: message.flags,
          server: addressesOption(message.options, OptionCode.serverIdentifier),
          vendorClass: textOption(message.options, OptionCode.vendorClass),
          uuid: machineUuidOf(message.options),
          size: bytes.length,
        };
      });
      expect(result.answer.to).toEqual({ address: next.to, port: next.destinationPort });
      expect(ours).toEqual(theirs);
      compared += 1;
    }
    expect(compared).toBe(4);
  });
});

/** Address of the recorded service, and of the DHCP server on the same host, which named no boot file. */
const OURS = '10.77.0.1';

const URL_FOR_HTTP_BOOT = 'http://10.77.0.1:8069/bootnetx64.efi';

describe('recorded boots of real firmware through these responders', () => {
  it.each([
    ['qemu-ipxe-dnsmasq', { program: 'ipxe', firmware: 'bios', cpu: 'x86' }, 'lpxelinux.0', []],
    ['qemu-ipxe-isc', { program: 'ipxe', firmware: 'bios', cpu: 'x86' }, 'lpxelinux.0', []],
    ['qemu-ipxe-kea', { program: 'ipxe', firmware: 'bios', cpu: 'x86' }, 'lpxelinux.0', []],
    [
      'ovmf-dnsmasq',
      { program: 'firmware', firmware: 'uefi', cpu: 'x64' },
      'bootnetx64.efi',
      [4011],
    ],
    ['ovmf-isc', { program: 'firmware', firmware: 'uefi', cpu: 'x64' }, 'bootnetx64.efi', [4011]],
    ['ovmf-kea', { program: 'firmware', firmware: 'uefi', cpu: 'x64' }, 'bootnetx64.efi', [4011]],
    [
      'aavmf-dnsmasq',
      { program: 'firmware', firmware: 'uefi', cpu: 'arm64' },
      'bootnetaa64.efi',
      [4011],
    ],
    ['ovmf-option-43', { program: 'firmware', firmware: 'uefi', cpu: 'x64' }, 'bootnetx64.efi', []],
    [
      'ovmf-http-boot',
      { vendorClass: 'HTTPClient', firmware: 'uefi', cpu: 'x64' },
      URL_FOR_HTTP_BOOT,
      [],
    ],
  ] as const)(
    '%s: the answers are still those with which it booted',
    (name, client, file, bootServerPorts) => {
      const captured = readCapture(new URL(`${name}.pcap`, FIXTURES));
      const options = {
        bootFileFor: () => ({ file }),
        allows: () => true,
        limits: new AnswerLimits(),
      };
      const proxy = new ProxyDhcpResponder({
        ...options,
        hasBootServer: name !== 'ovmf-option-43',
      });
      const bootServer = new BootServerResponder(options);
      const asked: number[] = [];
      for (const { payload, from, sourcePort, destinationPort } of captured) {
        if (from === OURS) {
          continue;
        }
        const responder = destinationPort === 67 ? proxy : bootServer;
        const result = responder.receive(
          {
            datagram: payload,
            from: { address: from, port: sourcePort },
            localAddress: OURS,
            link: 'tap0',
          },
          0,
        );
        expect(result).toMatchObject({ client });
        if (result.type === 'unanswered') {
          expect(result.reason).toBe('messageType');
          continue;
        }
        asked.push(destinationPort);
        const { bytes, to } = result.answer;
        const sent = captured.filter(
          (one) => one.from === OURS && one.to === to.address && one.destinationPort === to.port,
        );
        expect(sent.map((one) => Buffer.from(one.payload).toString('hex'))).toContain(
          Buffer.from(bytes).toString('hex'),
        );
      }
      expect(asked).toEqual([67, ...bootServerPorts]);
    },
  );
});
