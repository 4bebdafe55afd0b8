import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import { withoutSettings } from '../pxeboot-command.js';
import { type DhcpDiscover, type DhcpOffer, parseOffer } from './message.js';

const EXCHANGE = fileURLToPath(new URL('./exchange-program.js', import.meta.url));

/** Time before a client repeats its request, in milliseconds. */
const RESEND_MS = 500;
/** Time after which the server counts as silent, in milliseconds. */
const PATIENCE_MS = 60_000;

/** Program and arguments of a DHCP server. */
export interface ServerProgram {
  readonly program: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** DHCP server and client at the ends of a virtual cable, isolated from this host's network. */
export class DhcpServerLink implements AsyncDisposable {
  /** Interface of the server, with {@link SERVER_ADDRESS}. */
  static readonly SERVER_INTERFACE = 'server0';
  static readonly SERVER_ADDRESS = '10.90.0.1';
  static #count = 0;

  readonly #namespaces: readonly string[];
  readonly #children: ChildProcess[] = [];
  readonly #offers = new Map<number, DhcpOffer>();
  readonly #client: ChildProcess;
  #serverOutput = '';

  /** Creates the cable and starts the server. */
  constructor({ program, args, env = {} }: ServerProgram) {
    DhcpServerLink.#count++;
    const name = `pxeboot-dhcp-${process.pid}-${DhcpServerLink.#count}`;
    const [server, client] = [`${name}-s`, `${name}-c`];
    this.#namespaces = [server, client];
    const ip = (...words: string[]): unknown => execFileSync('ip', words);
    ip('netns', 'add', server);
    ip('netns', 'add', client);
    const { SERVER_INTERFACE } = DhcpServerLink;
    ip(
      ...['link', 'add', SERVER_INTERFACE, 'netns', server, 'type', 'veth'],
      ...['peer', 'name', 'client0', 'netns', client],
    );
    ip('-n', server, 'address', 'add', '10.90.0.1/24', 'dev', SERVER_INTERFACE);
    ip('-n', client, 'address', 'add', '10.90.0.2/24', 'dev', 'client0');
    ip('-n', server, 'link', 'set', SERVER_INTERFACE, 'up');
    ip('-n', server, 'link', 'set', 'lo', 'up');
    ip('-n', client, 'link', 'set', 'client0', 'up');
    ip('-n', client, 'route', 'add', '255.255.255.255/32', 'dev', 'client0');

    const daemon = this.#spawn(server, program, args, env);
    for (const stream of [daemon.stdout, daemon.stderr]) {
      stream?.on('data', (chunk: Buffer) => (this.#serverOutput += chunk.toString()));
    }
    this.#client = this.#spawn(client, process.execPath, [EXCHANGE]);
    if (this.#client.stdout === null) {
      throw new Error('the client has no standard output');
    }
    createInterface({ input: this.#client.stdout }).on('line', (line) => {
      const offer = parseOffer(Buffer.from(line, 'hex'));
      if (offer !== undefined) {
        this.#offers.set(offer.xid, offer);
      }
    });
  }

  /** Output of the server so far, of both streams. */
  get serverOutput(): string {
    return this.#serverOutput;
  }

  /** Sends a request that may get no offer. */
  send({ bytes }: DhcpDiscover): void {
    this.#client.stdin?.write(`${bytes.toString('hex')}\n`);
  }

  /** Returns the offer for a request, if it has come. */
  offerTo({ xid }: DhcpDiscover): DhcpOffer | undefined {
    return this.#offers.get(xid);
  }

  /** Starts another program on the host of the server. */
  startNextToServer({ program, args }: ServerProgram): ChildProcess {
    return this.#spawn(this.#namespaces[0] ?? '', program, args);
  }

  /** Repeats a request until the server makes an offer. */
  async ask({ xid, bytes }: DhcpDiscover): Promise<DhcpOffer> {
    const deadline = Date.now() + PATIENCE_MS;
    let askedAt = 0;
    for (;;) {
      const offer = this.#offers.get(xid);
      if (offer !== undefined) {
        return offer;
      }
      if (Date.now() > deadline) {
        throw new Error(`no offer; the server said: ${this.#serverOutput}`);
      }
      if (Date.now() - askedAt >= RESEND_MS) {
        askedAt = Date.now();
        this.#client.stdin?.write(`${bytes.toString('hex')}\n`);
      }
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  #spawn(
    namespace: string,
    program: string,
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): ChildProcess {
    const child = spawn('ip', ['netns', 'exec', namespace, program, ...args], {
      env: { ...withoutSettings(process.env), ...env },
      stdio: 'pipe',
    });
    this.#children.push(child);
    return child;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#children) {
      if (child.exitCode !== null || child.signalCode !== null) {
        continue;
      }
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    for (const namespace of this.#namespaces) {
      execFileSync('ip', ['netns', 'delete', namespace]);
    }
  }
}
