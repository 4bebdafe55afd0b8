import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { connect, createNamespace, type Namespace } from '@pxe/lab-host';

import { type Ipv6Message, readMessage } from './ipv6-messages.js';

const EXCHANGE = fileURLToPath(new URL('./exchange-program-ipv6.js', import.meta.url));

/** Interval at which a client repeats its request, in milliseconds. */
const RESEND_MS = 500;

let count = 0;

/** DHCPv6 server and client at the ends of a virtual cable, isolated from this host's network. */
export class DhcpIpv6Link implements AsyncDisposable {
  /** Interface of the server, with {@link SERVER_ADDRESS}. */
  static readonly SERVER_INTERFACE = 'server0';
  static readonly SERVER_ADDRESS = 'fd90::1';

  readonly server: Namespace;
  readonly #client: Namespace;
  readonly #exchange;
  readonly #answers = new Map<number, Ipv6Message[]>();

  private constructor(server: Namespace, client: Namespace) {
    this.server = server;
    this.#client = client;
    this.#exchange = spawn(
      'ip',
      ['netns', 'exec', client.name, process.execPath, EXCHANGE, 'client0'],
      { stdio: ['pipe', 'pipe', 'inherit'] },
    );
    createInterface({ input: this.#exchange.stdout }).on('line', (line) => {
      const message = readMessage(Buffer.from(line, 'hex'));
      this.#answers.set(message.id, [...this.answersTo(message), message]);
    });
  }

  static async create(): Promise<DhcpIpv6Link> {
    count += 1;
    const name = `pxeboot-dhcpv6-${process.pid}-${count}`;
    const [server, client] = await Promise.all([
      createNamespace(`${name}-s`),
      createNamespace(`${name}-c`),
    ]);
    for (const namespace of [server, client]) {
      // Addresses are usable at once, as nobody else can have them.
      const setting = '/proc/sys/net/ipv6/conf/default/accept_dad';
      await namespace.output('sh', ['-c', `echo 0 > ${setting}`]);
    }
    await connect(
      { namespace: server, device: 'server0', address: `${DhcpIpv6Link.SERVER_ADDRESS}/64` },
      { namespace: client, device: 'client0', address: 'fd90::2/64' },
    );
    return new DhcpIpv6Link(server, client);
  }

  /** Sends a request that may get no answer. */
  send({ bytes }: { readonly bytes: Buffer }): void {
    this.#exchange.stdin.write(`${bytes.toString('hex')}\n`);
  }

  /** Returns the answers to a request so far. */
  answersTo({ id }: { readonly id: number }): readonly Ipv6Message[] {
    return this.#answers.get(id) ?? [];
  }

  /** Repeats a request until it is answered. */
  async ask(question: { readonly id: number; readonly bytes: Buffer }): Promise<Ipv6Message> {
    let sentAt = 0;
    for (;;) {
      const [answer] = this.answersTo(question);
      if (answer !== undefined) {
        return answer;
      }
      if (Date.now() - sentAt >= RESEND_MS) {
        sentAt = Date.now();
        this.send(question);
      }
      await delay(10);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const end = once(this.#exchange, 'exit');
    this.#exchange.kill('SIGKILL');
    await end;
    await this.#client[Symbol.asyncDispose]();
    await this.server[Symbol.asyncDispose]();
  }
}
