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

function ip(...words: readonly string[]): void {
  execFileSync('ip', words);
}

/** DHCP server and client at the ends of a virtual cable, isolated from this host's network. */
export class DhcpServerLink implements AsyncDisposable {
  /** Interface of the server, with {@link SERVER_ADDRESS}. */
  static readonly SERVER_INTERFACE = 'server0';
  static readonly SERVER_ADDRESS = '10.90.0.1';
  static #count = 0;

  /** Process id of the server: `ip` and `setpriv` replace themselves with it. */
  readonly serverPid: number;
  readonly #namespaces: string[];
  readonly #children: ChildProcess[] = [];
  readonly #offers = new Map<number, DhcpOffer>();
  readonly #client: ChildProcess;
  readonly #secondClient: ChildProcess | undefined;
  #serverOutput = '';

  /**
   * Creates the cable and starts the server.
   *
   * @param hasSecond - adds a cable from `server1` (10.91.0.1) to another client
   */
  constructor({ program, args, env = {} }: ServerProgram, hasSecond = false) {
    DhcpServerLink.#count++;
    const name = `pxeboot-dhcp-${process.pid}-${DhcpServerLink.#count}`;
    const server = `${name}-s`;
    ip('netns', 'add', server);
    this.#namespaces = [server];
    ip('-n', server, 'link', 'set', 'lo', 'up');
    const cables = hasSecond ? [0, 1] : [0];
    for (const number of cables) {
      const client = `${name}-c${number}`;
      const [end, farEnd, network] = [`server${number}`, `client${number}`, `10.9${number}.0`];
      ip('netns', 'add', client);
      this.#namespaces.push(client);
      const [one, peer] = [
        ['link', 'add', end, 'netns', server, 'type', 'veth'],
        ['peer', 'name', farEnd, 'netns', client],
      ];
      ip(...one, ...peer);
      ip('-n', server, 'address', 'add', `${network}.1/24`, 'dev', end);
      ip('-n', client, 'address', 'add', `${network}.2/24`, 'dev', farEnd);
      ip('-n', server, 'link', 'set', end, 'up');
      ip('-n', client, 'link', 'set', farEnd, 'up');
      ip('-n', client, 'link', 'set', 'lo', 'up');
      ip('-n', client, 'route', 'add', '255.255.255.255/32', 'dev', farEnd);
    }

    const daemon = this.#spawn(server, program, args, env);
    this.serverPid = daemon.pid ?? 0;
    for (const stream of [daemon.stdout, daemon.stderr]) {
      stream?.on('data', (chunk: Buffer) => (this.#serverOutput += chunk.toString()));
    }
    this.#client = this.#startClient(this.#namespaces[1] ?? '');
    const [, , second] = this.#namespaces;
    this.#secondClient = second === undefined ? undefined : this.#startClient(second);
  }

  /** Output of the server so far, of both streams. */
  get serverOutput(): string {
    return this.#serverOutput;
  }

  /** Sends a request that may get no offer. */
  send({ bytes }: DhcpDiscover): void {
    this.#client.stdin?.write(`${bytes.toString('hex')}\n`);
  }

  /** Returns the offer for a request, if it has arrived. */
  offerTo({ xid }: DhcpDiscover): DhcpOffer | undefined {
    return this.#offers.get(xid);
  }

  /** Starts another program on the host of the server. */
  startNextToServer({ program, args }: ServerProgram): ChildProcess {
    return this.#spawn(this.#namespaces[0] ?? '', program, args);
  }

  /** Starts another program on the host of the client. */
  startNextToClient({ program, args }: ServerProgram): ChildProcess {
    return this.#spawn(this.#namespaces[1] ?? '', program, args);
  }

  /** Repeats a request on the second cable until the server makes an offer there. */
  askOnSecond(request: DhcpDiscover): Promise<DhcpOffer> {
    return this.#ask(request, this.#secondClient);
  }

  /** Repeats a request until the server makes an offer. */
  ask(request: DhcpDiscover): Promise<DhcpOffer> {
    return this.#ask(request, this.#client);
  }

  async #ask({ xid, bytes }: DhcpDiscover, client: ChildProcess | undefined): Promise<DhcpOffer> {
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
        client?.stdin?.write(`${bytes.toString('hex')}\n`);
      }
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  /** Starts a client, whose offers are kept. */
  #startClient(namespace: string): ChildProcess {
    const client = this.#spawn(namespace, process.execPath, [EXCHANGE]);
    if (client.stdout === null) {
      throw new Error('the client has no standard output');
    }
    createInterface({ input: client.stdout }).on('line', (line) => {
      const offer = parseOffer(Buffer.from(line, 'hex'));
      if (offer !== undefined) {
        this.#offers.set(offer.xid, offer);
      }
    });
    return client;
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
