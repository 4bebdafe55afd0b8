import { describe, expect, it } from 'vitest';

import {
  BLANK,
  bytesOf,
  firmwareMessage,
  firmwareOptions,
  present,
} from '../../test/support/messages.js';
import { type BootClient } from '../client/boot-client.js';
import { MessageType, OptionCode } from '../codec/constants.js';
import { decodeMessage } from '../codec/decode.js';
import { encodeMessage } from '../codec/encode.js';
import { type DhcpMessage } from '../codec/message.js';
import { decodeSubOptions, encodeSubOptions } from '../codec/option-list.js';
import { encodePxeBootItem } from '../codec/pxe-values.js';
import { AnswerLimits } from './answer-limits.js';
import { BootServerResponder } from './boot-server.js';
import { ProxyDhcpResponder } from './proxy-dhcp.js';
import { type Question, type ResponderOptions, type ResponderResult } from './responder.js';

const LOCAL = '192.0.2.1';
const NOBODY = { address: '0.0.0.0', port: 68 };
const CLIENT = { address: '192.0.2.50', port: 68 };

const BOOT_FILES: Readonly<Record<BootClient['program'], string | undefined>> = {
  firmware: 'bootnetx64.efi',
  ipxe: 'http://192.0.2.1:8069/menu.ipxe',
  uBoot: undefined,
};

function options(changes: Partial<ResponderOptions> = {}): ResponderOptions {
  return {
    bootFileFor: ({ program }) => {
      const file = BOOT_FILES[program];
      return file === undefined ? undefined : { file };
    },
    allows: (address) => address.startsWith('192.0.2.'),
    limits: new AnswerLimits(),
    ...changes,
  };
}

const question = (datagram: Uint8Array, from = NOBODY): Question => ({
  datagram,
  from,
  localAddress: LOCAL,
  link: 'eth0',
});

/** Decodes an answer. */
function answerOf(result: ResponderResult): DhcpMessage {
  if (result.type !== 'answered') {
    throw new Error(`no answer: ${result.reason}`);
  }
  const decoded = decodeMessage(result.answer.bytes);
  if (!decoded.ok) {
    throw new Error(decoded.reason);
  }
  return decoded.message;
}

const request = (changes: Partial<DhcpMessage> = {}, extra: [number, Uint8Array][] = []) =>
  firmwareMessage(7, { clientAddress: CLIENT.address, ...changes }, [
    [OptionCode.messageType, Uint8Array.of(MessageType.request)],
    ...extra,
  ]);

const bootItem = (type: number, layer: number): [number, Uint8Array] => [
  OptionCode.vendorSpecific,
  encodeSubOptions(new Map([[71, encodePxeBootItem({ type, layer })]])),
];

describe('ProxyDhcpResponder', () => {
  it('offers firmware its boot file, and no address', () => {
    const asked = firmwareMessage(7);
    const result = new ProxyDhcpResponder(options()).receive(question(asked), 0);

    expect(result).toMatchObject({
      type: 'answered',
      client: { mac: '52:54:00:12:34:56', architecture: 7 },
      bootFile: { file: 'bootnetx64.efi' },
      answer: { to: { address: '255.255.255.255', port: 68 } },
    });
    expect(answerOf(result)).toEqual({
      ...BLANK,
      operation: 'reply',
      seconds: 0,
      nextServer: LOCAL,
      file: 'bootnetx64.efi',
      options: new Map([
        [OptionCode.messageType, Uint8Array.of(MessageType.offer)],
        [OptionCode.serverIdentifier, Uint8Array.of(192, 0, 2, 1)],
        [OptionCode.vendorClass, bytesOf('PXEClient')],
        [OptionCode.clientMachineIdentifier, firmwareOptions(7).get(97)],
      ]),
    });
  });

  it.each<[string, Uint8Array, boolean, number[] | undefined]>([
    ['lets a BIOS load the file in the offer', firmwareMessage(0), true, [6, 1, 8, 255]],
    [
      'lets iPXE on UEFI load the file in the offer',
      firmwareMessage(7, {}, [[OptionCode.ipxe, Uint8Array.of(19, 1, 1)]]),
      true,
      [6, 1, 8, 255],
    ],
    ['refers UEFI to the boot server', firmwareMessage(7), true, undefined],
    [
      'lets UEFI load the file in the offer if there is no boot server',
      firmwareMessage(7),
      false,
      [6, 1, 8, 255],
    ],
  ])('%s', (_name, asked, hasBootServer, expected) => {
    const result = new ProxyDhcpResponder({ ...options(), hasBootServer }).receive(
      question(asked),
      0,
    );

    expect(answerOf(result).options.get(OptionCode.vendorSpecific)).toEqual(
      expected === undefined ? undefined : Uint8Array.from(expected),
    );
  });

  it('refers UEFI to its own boot server without naming a file if the file is on another host', () => {
    const bootFileFor = () => ({ file: 'f', server: '192.0.2.9' });
    const asked = question(firmwareMessage(7));

    expect(
      answerOf(new ProxyDhcpResponder(options({ bootFileFor })).receive(asked, 0)),
    ).toMatchObject({ nextServer: LOCAL, file: '' });
    expect(
      answerOf(
        new BootServerResponder(options({ bootFileFor })).receive(question(request(), CLIENT), 0),
      ),
    ).toMatchObject({ nextServer: '192.0.2.9', file: 'f' });
  });

  it('marks its offers for broadcast, as a relay could not reach the client otherwise', () => {
    const asked = firmwareMessage(7, { flags: 0, relayAddress: '192.0.2.254' });
    const result = new ProxyDhcpResponder(options()).receive(question(asked), 0);

    expect(answerOf(result).flags).toBe(0x80_00);
  });

  it('offers an HTTPClient a URL, without PXE options', () => {
    const url = 'http://192.0.2.1:8069/bootnetx64.efi';
    const result = new ProxyDhcpResponder(options({ bootFileFor: () => ({ file: url }) })).receive(
      question(firmwareMessage(0, { options: firmwareOptions(16, 'HTTPClient') })),
      0,
    );

    const answer = answerOf(result);
    expect(answer.file).toBe(url);
    expect(answer.options.get(OptionCode.vendorClass)).toEqual(bytesOf('HTTPClient'));
    expect(answer.options.has(OptionCode.vendorSpecific)).toBe(false);
  });

  it('offers iPXE its script', () => {
    const asked = firmwareMessage(0, {}, [[OptionCode.userClass, bytesOf('iPXE')]]);
    const result = new ProxyDhcpResponder(options()).receive(question(asked), 0);

    expect(answerOf(result).file).toBe('http://192.0.2.1:8069/menu.ipxe');
  });

  it('names another server if the boot file has one', () => {
    const bootFileFor = () => ({ file: 'f', server: '192.0.2.9' });
    const result = new ProxyDhcpResponder(options({ bootFileFor })).receive(
      question(firmwareMessage(0)),
      0,
    );

    const answer = answerOf(result);
    expect(answer.nextServer).toBe('192.0.2.9');
    expect(answer.options.get(OptionCode.serverIdentifier)).toEqual(Uint8Array.of(192, 0, 2, 1));
  });

  it('puts a name that is too long for the file field into option 67', () => {
    const file = `http://192.0.2.1/${'d/'.repeat(60)}x.efi`;
    const asked = firmwareMessage(7, {}, [[OptionCode.parameterRequestList, new Uint8Array(90)]]);
    const result = new ProxyDhcpResponder(options({ bootFileFor: () => ({ file }) })).receive(
      question(asked),
      0,
    );

    const answer = answerOf(result);
    expect(answer.file).toBe('');
    expect(answer.options.get(OptionCode.bootFileName)).toEqual(bytesOf(file));
  });

  it('answers a relay on its server port, with its information last', () => {
    const information = Uint8Array.of(1, 4, 0, 1, 0, 2);
    const asked = firmwareMessage(7, { relayAddress: '192.0.2.254', hops: 1 }, [
      [OptionCode.relayAgentInformation, information],
    ]);
    const result = new ProxyDhcpResponder(options()).receive(
      question(asked, { address: '192.0.2.254', port: 67 }),
      0,
    );

    expect(result).toMatchObject({ answer: { to: { address: '192.0.2.254', port: 67 } } });
    const answer = answerOf(result);
    expect(answer).toMatchObject({ relayAddress: '192.0.2.254', hops: 0 });
    expect([...answer.options].at(-1)).toEqual([OptionCode.relayAgentInformation, information]);
  });

  it('answers firmware that sends no machine identifier', () => {
    const without = new Map(firmwareOptions(7));
    without.delete(OptionCode.clientMachineIdentifier);
    const result = new ProxyDhcpResponder(options()).receive(
      question(encodeMessage({ ...BLANK, options: without })),
      0,
    );

    expect(answerOf(result).options.has(OptionCode.clientMachineIdentifier)).toBe(false);
  });

  it.each<[string, Uint8Array, object]>([
    ['three bytes', new Uint8Array(3), { reason: 'undecodable', decodeFailure: 'truncated' }],
    ['the answer from a server', firmwareMessage(7, { operation: 'reply' }), { reason: 'reply' }],
    ['a request for a lease', request(), { reason: 'messageType' }],
    [
      'a message without a type',
      encodeMessage({ ...BLANK, options: new Map([[60, bytesOf('PXEClient')]]) }),
      { reason: 'messageType' },
    ],
    [
      "Debian's installer",
      firmwareMessage(7, {}, [[OptionCode.vendorClass, bytesOf('d-i')]]),
      { reason: 'notBootClient' },
    ],
    [
      'a laptop',
      encodeMessage({ ...BLANK, options: new Map([[53, Uint8Array.of(1)]]) }),
      { reason: 'notBootClient' },
    ],
    [
      'a switch',
      firmwareMessage(7, {}, [[OptionCode.vendorClass, bytesOf('Cisco Systems, Inc.')]]),
      { reason: 'notBootClient' },
    ],
    [
      'U-Boot under its own name',
      firmwareMessage(22, {}, [[OptionCode.vendorClass, bytesOf('U-Boot.armv8')]]),
      { reason: 'notBootClient' },
    ],
    [
      'U-Boot that acts as firmware',
      firmwareMessage(21),
      { reason: 'noBootFile', client: { program: 'uBoot' } },
    ],
    [
      'a client without a hardware address',
      firmwareMessage(7, { hardwareAddress: new Uint8Array(0) }),
      { reason: 'noHardwareAddress' },
    ],
    [
      'a relay on a network that is not served',
      firmwareMessage(7, { relayAddress: '198.51.100.1' }),
      { reason: 'addressRefused', client: { architecture: 7 } },
    ],
  ])('does not answer %s', (_name, datagram, reason) => {
    expect(new ProxyDhcpResponder(options()).receive(question(datagram), 0)).toMatchObject({
      type: 'unanswered',
      ...reason,
    });
  });

  it('does not answer with more than 1.5 times the question', () => {
    const receive = (file: string) =>
      new ProxyDhcpResponder(options({ bootFileFor: () => ({ file }) })).receive(
        question(firmwareMessage(7)),
        0,
      );
    const asked = firmwareMessage(7).length;

    // Fixed fields and options use 280 bytes; a long name uses two more than its own length.
    const room = Math.floor(1.5 * asked) - 282;
    expect(receive('f'.repeat(room))).toMatchObject({ type: 'answered' });
    expect(receive('f'.repeat(room + 1))).toMatchObject({ reason: 'answerTooLarge' });
  });

  it('does not answer with more than the client accepts', () => {
    const receive = (extra: [number, Uint8Array][]) =>
      new ProxyDhcpResponder(options({ bootFileFor: () => ({ file: 'f'.repeat(280) }) })).receive(
        question(
          firmwareMessage(7, {}, [
            [OptionCode.parameterRequestList, new Uint8Array(300)],
            ...extra,
          ]),
        ),
        0,
      );

    expect(receive([])).toMatchObject({ reason: 'answerTooLarge' });
    expect(receive([[OptionCode.maxMessageSize, Uint8Array.of(5, 192)]])).toMatchObject({
      type: 'answered',
    });
    expect(receive([[OptionCode.maxMessageSize, Uint8Array.of(5)]])).toMatchObject({
      reason: 'answerTooLarge',
    });
  });

  it('throws for a boot file or an address that cannot be sent', () => {
    const receive = (file: string, localAddress: string) => () =>
      new ProxyDhcpResponder(options({ bootFileFor: () => ({ file }) })).receive(
        { ...question(firmwareMessage(7)), localAddress },
        0,
      );

    expect(receive('文', LOCAL)).toThrow(RangeError);
    expect(receive('f', 'eth0')).toThrow(RangeError);
  });

  it('passes the question on to the choice of the boot file', () => {
    const links: string[] = [];
    const bootFileFor = (_client: BootClient, { link }: Question) => {
      links.push(link);
      return undefined;
    };
    new ProxyDhcpResponder(options({ bootFileFor })).receive(question(firmwareMessage(7)), 0);

    expect(links).toEqual(['eth0']);
  });
});

describe('BootServerResponder', () => {
  it('acknowledges a request with the boot file, to its sender', () => {
    const from = { address: '192.0.2.50', port: 2070 };
    const asked = request({ flags: 0 });
    const result = new BootServerResponder(options()).receive(question(asked, from), 0);

    expect(result).toMatchObject({ type: 'answered', answer: { to: from } });
    expect(answerOf(result)).toMatchObject({
      flags: 0,
      clientAddress: '192.0.2.50',
      yourAddress: '0.0.0.0',
      nextServer: LOCAL,
      file: 'bootnetx64.efi',
    });
    expect(answerOf(result).options.get(OptionCode.messageType)).toEqual(
      Uint8Array.of(MessageType.ack),
    );
    expect(answerOf(result).options.has(OptionCode.vendorSpecific)).toBe(false);
  });

  it('acknowledges INFORM', () => {
    const asked = request({}, [[OptionCode.messageType, Uint8Array.of(MessageType.inform)]]);

    expect(new BootServerResponder(options()).receive(question(asked, CLIENT), 0)).toMatchObject({
      type: 'answered',
    });
  });

  it('acknowledges the boot item of a request, but without credentials', () => {
    for (const layer of [0, 0x80_00]) {
      const asked = request({}, [bootItem(0x80_01, layer)]);
      const answer = answerOf(
        new BootServerResponder(options()).receive(question(asked, CLIENT), 0),
      );

      expect(decodeSubOptions(present(answer.options.get(OptionCode.vendorSpecific)))).toEqual({
        ok: true,
        options: new Map([[71, Uint8Array.of(0x80, 1, 0, 0)]]),
      });
    }
  });

  it.each([
    ['a broken list', Uint8Array.of(71, 9)],
    ['a boot item of two bytes', Uint8Array.of(71, 2, 0x80, 0)],
    ['other sub-options', Uint8Array.of(6, 1, 8)],
  ])('ignores %s in option 43', (_name, value) => {
    const asked = request({}, [[OptionCode.vendorSpecific, value]]);
    const answer = answerOf(new BootServerResponder(options()).receive(question(asked, CLIENT), 0));

    expect(answer.options.has(OptionCode.vendorSpecific)).toBe(false);
  });

  it('does not answer a request for a later file of a chain', () => {
    const asked = request({}, [bootItem(0x80_00, 1)]);

    expect(new BootServerResponder(options()).receive(question(asked, CLIENT), 0)).toMatchObject({
      type: 'unanswered',
      reason: 'otherLayer',
    });
  });

  it('answers although the request names the DHCP server in option 54', () => {
    const asked = request({}, [[OptionCode.serverIdentifier, Uint8Array.of(192, 0, 2, 254)]]);

    expect(new BootServerResponder(options()).receive(question(asked, CLIENT), 0)).toMatchObject({
      type: 'answered',
    });
  });

  it('answers the sender, even if the message names another client', () => {
    const asked = request({ clientAddress: '198.51.100.7' });

    expect(new BootServerResponder(options()).receive(question(asked, CLIENT), 0)).toMatchObject({
      answer: { to: CLIENT },
    });
  });

  it('answers a sender without an address at its ciaddr, or by broadcast', () => {
    const responder = new BootServerResponder(options());

    expect(responder.receive(question(request()), 0)).toMatchObject({
      answer: { to: { address: '192.0.2.50', port: 68 } },
    });
    expect(responder.receive(question(request({ clientAddress: '0.0.0.0' })), 0)).toMatchObject({
      answer: { to: { address: '255.255.255.255', port: 68 } },
    });
    expect(
      responder.receive(question(request({ clientAddress: '198.51.100.7' })), 0),
    ).toMatchObject({ reason: 'addressRefused' });
  });

  it('does not answer DISCOVER, or senders on networks that are not served', () => {
    const responder = new BootServerResponder(options());
    const stranger = { address: '198.51.100.7', port: 68 };

    expect(responder.receive(question(firmwareMessage(7), CLIENT), 0)).toMatchObject({
      reason: 'messageType',
    });
    expect(responder.receive(question(request(), stranger), 0)).toMatchObject({
      reason: 'addressRefused',
    });
  });
});

describe('senders that cannot be answered', () => {
  it('gives no answer to port 0', () => {
    expect(
      new BootServerResponder(options()).receive(question(request(), { ...CLIENT, port: 0 }), 0),
    ).toMatchObject({ type: 'unanswered', reason: 'addressRefused' });
  });
});

describe('limits', () => {
  const slow = { perSecond: 1, burst: 2 };

  it('limits the answers to one client, over both services', () => {
    const shared = options({ limits: new AnswerLimits({ perClient: slow }) });
    const proxy = new ProxyDhcpResponder(shared);
    const bootServer = new BootServerResponder(shared);
    const other = firmwareMessage(7, { hardwareAddress: Uint8Array.of(2, 0, 0, 0, 0, 1) });

    expect(proxy.receive(question(firmwareMessage(7)), 0).type).toBe('answered');
    expect(bootServer.receive(question(request(), CLIENT), 0).type).toBe('answered');
    expect(proxy.receive(question(firmwareMessage(7)), 999)).toMatchObject({
      reason: 'rateLimited',
    });
    expect(proxy.receive(question(other), 999).type).toBe('answered');
    expect(proxy.receive(question(firmwareMessage(7)), 1_000).type).toBe('answered');
  });

  it('limits the answers of each service on one link', () => {
    const shared = options({ limits: new AnswerLimits({ perLink: { perSecond: 0, burst: 1 } }) });
    const proxy = new ProxyDhcpResponder(shared);
    const bootServer = new BootServerResponder(shared);
    const asked = question(firmwareMessage(7));
    const other = firmwareMessage(7, { hardwareAddress: Uint8Array.of(2, 0, 0, 0, 0, 1) });

    expect(proxy.receive(asked, 0).type).toBe('answered');
    expect(proxy.receive(question(other), 0)).toMatchObject({ reason: 'rateLimited' });
    expect(bootServer.receive(question(request(), CLIENT), 0).type).toBe('answered');
    expect(proxy.receive({ ...asked, link: 'eth1' }, 0).type).toBe('answered');
  });

  it('answers clients that repeat their question during a flood from made-up addresses', () => {
    const rate = { perSecond: 10, burst: 10 };
    const limits = new AnswerLimits({ perLink: rate, maxWaiting: 10_000 });
    /** Asks as a thousand new clients, which exhaust the link's rate limit. */
    const flood = (second: number): void => {
      for (let index = 0; index < 1_000; index += 1) {
        limits.admits(`flood ${second} ${index}`, 'eth0', 'proxyDhcp', second * 1_000);
      }
    };

    flood(0);
    expect(limits.admits('real', 'eth0', 'proxyDhcp', 0)).toBe(false);
    flood(1);
    flood(2);
    flood(3);
    flood(4);
    expect(limits.admits('real', 'eth0', 'proxyDhcp', 4_000)).toBe(true);
    // The client has now been answered, and counts as a new one again.
    expect(limits.admits('real', 'eth0', 'proxyDhcp', 4_000)).toBe(false);
    // Repeated questions have a limit as well.
    const repeats = Array.from({ length: 1_000 }, (_none, index) =>
      limits.admits(`flood 4 ${index}`, 'eth0', 'proxyDhcp', 4_000),
    );
    expect(repeats.filter(Boolean)).toHaveLength(rate.burst - 1);
  });

  it('forgets the clients that have waited longest', () => {
    const limits = new AnswerLimits({ perLink: { perSecond: 0, burst: 1 }, maxWaiting: 2 });

    for (const mac of ['a', 'b', 'c', 'd']) {
      limits.admits(mac, 'eth0', 'proxyDhcp', 0);
    }

    expect(limits.waiting).toBe(2);
    expect(limits.admits('b', 'eth0', 'proxyDhcp', 0)).toBe(false);
    expect(limits.admits('d', 'eth0', 'proxyDhcp', 0)).toBe(true);
  });

  it('forgets the least recent clients', () => {
    const limits = new AnswerLimits({ perClient: { perSecond: 0, burst: 2 }, maxClients: 2 });

    for (const mac of ['a', 'b', 'a', 'c', 'a']) {
      limits.admits(mac, 'eth0', 'proxyDhcp', 0);
    }

    expect(limits.clients).toBe(2);
    // `a` was kept with its two answers used up, `b` was forgotten.
    expect(limits.admits('a', 'eth0', 'proxyDhcp', 0)).toBe(false);
    expect(limits.admits('b', 'eth0', 'proxyDhcp', 0)).toBe(true);
  });

  it('gives no additional answers when the clock goes back', () => {
    const limits = new AnswerLimits({ perClient: { perSecond: 1, burst: 1 } });

    expect(limits.admits('a', 'eth0', 'proxyDhcp', 5_000)).toBe(true);
    expect(limits.admits('a', 'eth0', 'proxyDhcp', 0)).toBe(false);
  });
});
