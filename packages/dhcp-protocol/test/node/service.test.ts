import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { build } from 'tsup';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { connect, createNamespace, type Namespace, type Program } from '@pxe/lab-host';
import { lacks, lacksRoot } from '@pxe/test-host';

import {
  addressBytes,
  addressesOption,
  decodeMessage,
  type DhcpMessage,
  encodeMessage,
  MessageType,
  messageTypeOf,
  OptionCode,
} from '../../src/index.js';
import { BLANK, bytesOf, firmwareMessage, firmwareOptions } from '../support/messages.js';

const PACKAGE = join(import.meta.dirname, '../..');
const PATIENCE_MS = 60_000;

const SERVICE = '192.0.2.1';
const CLIENT = '192.0.2.50';
const BROADCAST = '255.255.255.255';

const UEFI = firmwareMessage(7);
const BOOT_REQUEST = firmwareMessage(7, {
  clientAddress: CLIENT,
  options: new Map([
    ...firmwareOptions(7),
    [OptionCode.messageType, Uint8Array.of(MessageType.request)],
  ]),
});

/** Request from a client that renews its lease: unicast, from its address. */
const RENEWAL = encodeMessage({
  ...BLANK,
  flags: 0,
  clientAddress: CLIENT,
  options: new Map([[OptionCode.messageType, Uint8Array.of(MessageType.request)]]),
});

function discover(options: Iterable<readonly [number, Uint8Array]> = []): Uint8Array {
  return encodeMessage({
    ...BLANK,
    options: new Map([[OptionCode.messageType, Uint8Array.of(MessageType.discover)], ...options]),
  });
}

describe.skipIf(lacks('ip', 'ss', 'dnsmasq', 'hping3') || lacksRoot())(
  'createProxyDhcpService in network namespaces',
  () => {
    let directory: string;

    beforeAll(async () => {
      directory = mkdtempSync(join(tmpdir(), 'dhcp-service-'));
      await build({
        entry: ['service', 'client'].map((name) =>
          join(PACKAGE, `test/support/${name}-program.ts`),
        ),
        outDir: directory,
        outExtension: () => ({ js: '.mjs' }),
        format: 'esm',
        target: 'node20',
        silent: true,
        config: false,
        tsconfig: join(PACKAGE, 'tsconfig.json'),
      });
    });

    afterAll(() => {
      rmSync(directory, { recursive: true });
    });

    it('answers only firmware on port 67, by broadcast', async () => {
      await using link = await createLink();
      const service = await link.serve();
      const client = await link.send(BROADCAST, 67, [
        discover(),
        discover([[OptionCode.vendorClass, bytesOf('d-i')]]),
        discover([[OptionCode.vendorClass, bytesOf('Arista;DCS-7050;PXEClient')]]),
        UEFI,
      ]);

      expect(await answerTo(client)).toMatchObject({
        address: SERVICE,
        port: 67,
        message: { file: 'bootnetx64.efi', nextServer: SERVICE, yourAddress: '0.0.0.0' },
      });
      await service.line(/"answered"/, PATIENCE_MS);
      expect(eventsOf(service)).toMatchObject([
        { type: 'ready' },
        { type: 'unanswered', service: 'proxyDhcp', reason: 'notBootClient' },
        { type: 'unanswered', reason: 'notBootClient' },
        { type: 'unanswered', reason: 'notBootClient' },
        {
          type: 'answered',
          service: 'proxyDhcp',
          client: { mac: '52:54:00:12:34:56', firmware: 'uefi' },
          bootFile: { file: 'bootnetx64.efi' },
          to: { address: BROADCAST, port: 68 },
        },
      ]);
      expect(client.stdout.entries).toHaveLength(1);
    });

    it('answers on port 4011, from the same port', async () => {
      await using link = await createLink();
      await link.serve();
      const client = await link.send(SERVICE, 4011, [BOOT_REQUEST]);

      const { message, ...from } = await answerTo(client);
      expect(from).toEqual({ address: SERVICE, port: 4011 });
      expect(messageTypeOf(message.options)).toBe(MessageType.ack);
      expect(message.file).toBe('bootnetx64.efi');
    });

    it('sends broadcasts on its own link, whichever link has the default route', async () => {
      await using link = await createLink();
      await using elsewhere = await createNamespace(nameOf('other'));
      await connect(
        { namespace: link.server, device: 'other0', address: '198.51.100.1/24' },
        { namespace: elsewhere, device: 'other1', address: '198.51.100.2/24' },
      );
      await link.server.ip('route', 'add', 'default', 'via', '198.51.100.2');
      await link.serve();
      const client = await link.send(BROADCAST, 67, [UEFI]);

      expect(await answerTo(client)).toMatchObject({ address: SERVICE, port: 67 });
    });

    it('does not bind its own address on port 67 if broadcasts leave through its link anyway', async () => {
      await using link = await createLink();
      await link.server.ip('route', 'add', 'default', 'via', CLIENT);
      await link.serve();
      const client = await link.send(BROADCAST, 67, [UEFI]);

      expect(await answerTo(client)).toMatchObject({ address: SERVICE, port: 67 });
      const bound = await link.server.output('ss', ['-H', '-anu', 'sport = 67']);
      expect(bound.trim().split(/\s+/)).toEqual(expect.arrayContaining([`${BROADCAST}:67`]));
      expect(bound.trim().split('\n')).toHaveLength(1);
    });

    it('answers a relay if it is set to serve relays', async () => {
      await using link = await createLink();
      await link.serve('relays');
      const question = firmwareMessage(7, { relayAddress: CLIENT });
      const relay = await link.send(SERVICE, 67, [question], 67);

      expect(await answerTo(relay)).toMatchObject({
        address: SERVICE,
        port: 67,
        message: { relayAddress: CLIENT, file: 'bootnetx64.efi' },
      });
    });

    it('does not answer to the address of a relay otherwise', async () => {
      await using link = await createLink();
      const service = await link.serve();
      const relay = firmwareMessage(7, { relayAddress: CLIENT });
      await link.send(BROADCAST, 67, [relay]);

      await service.line(/"addressRefused"/, PATIENCE_MS);
    });

    it('reports an error from bootFileFor, and continues', async () => {
      await using link = await createLink();
      const service = await link.serve();
      const client = await link.send(BROADCAST, 67, [firmwareMessage(11), UEFI]);

      expect(await answerTo(client)).toMatchObject({ message: { file: 'bootnetx64.efi' } });
      await service.line(/"answered"/, PATIENCE_MS);
      expect(eventsOf(service)).toMatchObject([
        { type: 'ready' },
        { type: 'error', error: 'Error: no file for arm64' },
        {},
      ]);
    });

    it('survives forged ICMP errors for its answers', async () => {
      await using link = await createLink();
      // Without a route for broadcasts, answers are sent from a connected socket, which gets ICMP errors.
      const service = await link.serve();
      await link.client.run('hping3', [
        ...['--count', '1', '--icmp', '--icmptype', '3', '--icmpcode', '3'],
        ...['--icmp-ipproto', '17', '--icmp-ipsrc', SERVICE, '--icmp-srcport', '67'],
        ...['--icmp-ipdst', BROADCAST, '--icmp-dstport', '68', SERVICE],
      ]);
      await service.line(/"error".*ECONNREFUSED/, PATIENCE_MS);
      const client = await link.send(BROADCAST, 67, [UEFI]);

      expect(await answerTo(client)).toMatchObject({ message: { file: 'bootnetx64.efi' } });
    });

    it('survives questions from port 0', async () => {
      await using link = await createLink();
      const service = await link.serve();
      const question = join(directory, 'question');
      writeFileSync(question, BOOT_REQUEST);
      await link.client.run('hping3', [
        ...['--count', '1', '--udp', '--baseport', '0', '--keep', '--destport', '4011'],
        ...['--file', question, '--data', String(BOOT_REQUEST.length), SERVICE],
      ]);
      await service.line(/"addressRefused"/, PATIENCE_MS);
      const client = await link.send(SERVICE, 4011, [BOOT_REQUEST]);

      expect(await answerTo(client)).toMatchObject({ message: { file: 'bootnetx64.efi' } });
    });

    it('closes its sockets', async () => {
      await using link = await createLink();
      const service = await link.serve();

      expect((await service.stop('SIGTERM', PATIENCE_MS)).code).toBe(0);
      expect(eventsOf(service)).toEqual([{ type: 'ready' }, { type: 'closed' }]);
    });

    it('reports which server a client requests its lease from, and answers nothing', async () => {
      await using link = await createLink();
      const service = await link.serve();
      const request = encodeMessage({
        ...BLANK,
        options: new Map([
          [OptionCode.messageType, Uint8Array.of(MessageType.request)],
          [OptionCode.serverIdentifier, addressBytes('192.0.2.7')],
          [OptionCode.requestedAddress, addressBytes('192.0.2.60')],
        ]),
      });
      const client = await link.send(BROADCAST, 67, [request, UEFI]);

      await answerTo(client);
      await service.line(/"answered"/, PATIENCE_MS);
      expect(eventsOf(service).slice(1, 3)).toMatchObject([
        {
          type: 'leaseRequested',
          mac: '52:54:00:12:34:56',
          server: '192.0.2.7',
          requested: '192.0.2.60',
        },
        { type: 'unanswered', reason: 'notBootClient' },
      ]);
      expect(client.stdout.entries).toHaveLength(1);
    });

    it('learns what a DHCP server offers by asking, and leases nothing', async () => {
      await using link = await createLink();
      const dnsmasq = await link.lease(link.client, directory, '--dhcp-boot=other.0', '--log-dhcp');
      const service = await link.serve('probe');
      await service.line(/"probed"/, PATIENCE_MS);

      const offer = { kind: 'lease', server: CLIENT, bootFile: 'other.0', program: 'dnsmasq' };
      // The service's own questions cause no events.
      expect(eventsOf(service)).toEqual([
        { type: 'ready' },
        { type: 'probed', results: [{ offers: [offer] }, { offers: [offer] }] },
      ]);
      expect(dnsmasq.lines.entries.filter((line) => line.includes('DHCPREQUEST'))).toEqual([]);
    });

    it('learns the boot files of another ProxyDHCP service, on port 4011 if it refers to that', async () => {
      await using link = await createLink();
      await link.proxy(directory);
      const service = await link.serve('probe');
      await service.line(/"probed"/, PATIENCE_MS);

      expect(eventsOf(service).at(-1)).toMatchObject({
        results: [
          { offers: [{ kind: 'proxy', server: CLIENT }], acknowledged: 'bios.0' },
          { offers: [{ kind: 'proxy', server: CLIENT }], acknowledged: 'uefi.efi' },
        ],
      });
    });

    it('ends a probe when it closes', async () => {
      await using link = await createLink();
      const service = await link.start('probe');
      await service.line(/"ready"/, PATIENCE_MS);

      expect((await service.stop('SIGTERM', PATIENCE_MS)).code).toBe(0);
      expect(eventsOf(service)).toEqual(
        expect.arrayContaining([{ type: 'closed' }, { type: 'probed' }]),
      );
    });

    it.each([
      ['that runs already', 'before'],
      ['that starts later', 'after'],
    ])('leaves the renewals of leases to a DHCP server on this host %s', async (_title, order) => {
      await using link = await createLink();
      // Without a route for broadcasts, the service also binds a socket to its address, which must not
      // receive renewals.
      if (order === 'after') {
        await link.serve();
      }
      const dnsmasq = await link.lease(
        link.server,
        directory,
        '--bind-interfaces',
        '--dhcp-authoritative',
      );
      if (order === 'before') {
        await link.serve();
      }
      const client = await link.send(SERVICE, 67, [RENEWAL]);

      const { message } = await answerTo(client);
      expect(messageTypeOf(message.options)).toBe(MessageType.ack);
      expect(message.yourAddress).toBe(CLIENT);
      await dnsmasq.line(/DHCPACK/, PATIENCE_MS);
    });

    it('names the port in its error if a DHCP server on this host does not share it', async () => {
      await using link = await createLink();
      await link.lease(link.server, directory);
      const service = await link.start();

      await service.exited;
      expect(eventsOf(service)).toEqual([
        {
          type: 'failed',
          code: 'ERR_DHCP_LISTEN',
          address: BROADCAST,
          port: 67,
          system: 'EADDRINUSE',
        },
      ]);
    });

    it('fails and leaves no port bound if port 4011 is in use', async () => {
      await using link = await createLink();
      await link.serve();
      const second = await link.start();

      await second.exited;
      expect(eventsOf(second)).toMatchObject([
        { type: 'failed', address: SERVICE, port: 4011, system: 'EADDRINUSE' },
      ]);
    });

    /** Creates a virtual cable between the namespace of a service and that of its clients. */
    async function createLink(): Promise<Link> {
      const server = await createNamespace(nameOf('server'));
      const client = await createNamespace(nameOf('client'));
      await connect(
        { namespace: server, device: 'server0', address: `${SERVICE}/24` },
        { namespace: client, device: 'client0', address: `${CLIENT}/24` },
      );
      await client.ip('route', 'add', BROADCAST, 'dev', 'client0');
      return new Link(server, client, directory);
    }
  },
);

let names = 0;

function nameOf(role: string): string {
  names += 1;
  return `dhcp-${process.pid}-${names}-${role}`;
}

/** Last argument of the service program. */
type Mode = readonly ('relays' | 'probe')[];

class Link implements AsyncDisposable {
  readonly server: Namespace;
  readonly client: Namespace;
  readonly #programs: string;

  constructor(server: Namespace, client: Namespace, programs: string) {
    this.server = server;
    this.client = client;
    this.#programs = programs;
  }

  /** Starts the service and waits until it listens. */
  async serve(...mode: Mode): Promise<Program> {
    const service = await this.start(...mode);
    await service.line(/"ready"/, PATIENCE_MS);
    return service;
  }

  start(...mode: Mode): Promise<Program> {
    const program = join(this.#programs, 'service-program.mjs');
    return this.server.start(process.execPath, [program, SERVICE, 'server0', ...mode]);
  }

  /** Sends datagrams from a port of the client, in this order. */
  send(to: string, toPort: number, datagrams: readonly Uint8Array[], port = 68): Promise<Program> {
    const program = join(this.#programs, 'client-program.mjs');
    const hex = datagrams.map((datagram) => Buffer.from(datagram).toString('hex'));
    return this.client.start(process.execPath, [program, String(port), to, String(toPort), ...hex]);
  }

  /** Starts dnsmasq as a DHCP server. */
  lease(host: Namespace, directory: string, ...options: readonly string[]): Promise<Program> {
    const range = '--dhcp-range=192.0.2.50,192.0.2.150';
    return this.#dnsmasq(host, directory, [range, ...options]);
  }

  /** Starts dnsmasq as a ProxyDHCP service on the clients' host. */
  proxy(directory: string): Promise<Program> {
    return this.#dnsmasq(this.client, directory, [
      ...['--dhcp-range=192.0.2.0,proxy', '--pxe-service=x86PC,BIOS,bios'],
      ...['--pxe-service=x86-64_EFI,UEFI,uefi.efi'],
    ]);
  }

  async #dnsmasq(host: Namespace, directory: string, options: readonly string[]): Promise<Program> {
    const dnsmasq = await host.start('dnsmasq', [
      ...['--no-daemon', '--user=root', '--port=0', '--no-ping', '--conf-file=/dev/null'],
      ...['--log-facility=-', '--pid-file='],
      `--dhcp-leasefile=${join(directory, `${host.name}.leases`)}`,
      ...options,
    ]);
    await dnsmasq.line(/DHCP, (?:IP range|proxy)/, PATIENCE_MS);
    return dnsmasq;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server[Symbol.asyncDispose]();
    await this.client[Symbol.asyncDispose]();
  }
}

function eventsOf(service: Program): unknown[] {
  return service.stdout.entries.map((line): unknown => JSON.parse(line));
}

interface ReceivedAnswer {
  readonly message: DhcpMessage;
  readonly address: string;
  readonly port: number;
}

/** Waits for an answer, and decodes it. */
async function answerTo(client: Program): Promise<ReceivedAnswer> {
  const line = await client.line(/"hex"/, PATIENCE_MS);
  const { hex, address, port } = JSON.parse(line) as { hex: string; address: string; port: number };
  const decoded = decodeMessage(Buffer.from(hex, 'hex'));
  if (!decoded.ok) {
    throw new Error(decoded.reason);
  }
  const { message } = decoded;
  expect(addressesOption(message.options, OptionCode.serverIdentifier)).toEqual([SERVICE]);
  return { message, address, port };
}
