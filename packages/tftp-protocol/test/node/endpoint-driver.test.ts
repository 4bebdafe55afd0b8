import { describe, expect, it } from 'vitest';

import {
  DEFAULT_NEGOTIATION_POLICY,
  DEFAULT_RETRANSMISSION_POLICY,
  encodePacket,
  type TftpEndpointAddress,
} from '../../src/index.js';
import { EndpointDriver } from '../../src/node/server/endpoint-driver.js';
import {
  type DatagramToSend,
  type DatagramTransport,
} from '../../src/node/udp/datagram-transport.js';

const WINDOW = 64;

/** No repetitions, so that a busy machine sends each block once. */
const PATIENT = {
  ...DEFAULT_RETRANSMISSION_POLICY,
  initialMs: 600_000,
  minMs: 600_000,
  maxMs: 600_000,
  stallMs: 600_000,
};

/** Socket that records what is sent. */
class Recorder implements DatagramTransport {
  readonly local = { address: '10.0.0.1', port: 69, family: 'IPv4' } as const;
  readonly sent: TftpEndpointAddress[] = [];

  send(batch: readonly DatagramToSend[]): void {
    this.sent.push(...batch.map(({ remote }) => remote));
  }

  unref(): void {
    // Nothing keeps the process alive.
  }

  async close(): Promise<void> {
    // There is nothing to close.
  }
}

/** Socket of a single transfer; records what it sends together with the other sockets. */
class OwnPort extends Recorder {
  readonly #record: Recorder;

  constructor(record: Recorder) {
    super();
    this.#record = record;
  }

  override send(batch: readonly DatagramToSend[]): void {
    this.#record.send(batch);
  }
}

function serving() {
  const listener = new Recorder();
  const own = new Recorder();
  const ports: OwnPort[] = [];
  const source = { size: 1_000_000, read: (_at: number, length: number) => new Uint8Array(length) };
  const driver: EndpointDriver = new EndpointDriver(
    { acceptsWrites: false, allow: () => true, retransmission: PATIENT },
    {
      event: (event) => {
        if (event.type === 'requested') {
          driver.run((endpoint, now) => {
            const { transfer } = event;
            const local = transfer.request.options.length > 0 ? new OwnPort(own) : undefined;
            ports.push(...(local === undefined ? [] : [local]));
            const policy = DEFAULT_NEGOTIATION_POLICY;
            endpoint.acceptRead(transfer, source, { policy, local }, now);
          });
        }
      },
      idle: () => undefined,
      failed: (error) => {
        throw error;
      },
    },
  );
  return { driver, listener, own, ports };
}

const client = (address: string, port: number): TftpEndpointAddress => ({
  address,
  port,
  family: 'IPv4',
});
const ack = (block: number): Uint8Array => encodePacket({ type: 'ack', block });
const windowed = encodePacket({
  type: 'rrq',
  filename: 'f',
  mode: 'octet',
  options: [['windowsize', String(WINDOW)]],
});
const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('EndpointDriver', () => {
  it('answers others while hundreds of windows are acknowledged in one turn', async () => {
    const { driver, listener, own, ports } = serving();
    const plain = encodePacket({ type: 'rrq', filename: 'f', mode: 'octet', options: [] });
    const count = 100;
    for (let index = 0; index < count; index += 1) {
      driver.receive(listener, [{ remote: client('10.0.0.9', 1_024 + index), payload: windowed }]);
    }
    expect(own.sent).toHaveLength(count);
    for (const [index, port] of ports.entries()) {
      driver.receive(port, [{ remote: client('10.0.0.9', 1_024 + index), payload: ack(0) }]);
    }
    expect(own.sent.length).toBeLessThan(count + 300);

    await nextTurn();
    driver.receive(listener, [{ remote: client('10.0.0.8', 1_024), payload: plain }]);
    await nextTurn();
    expect(listener.sent).toHaveLength(1);
    expect(own.sent.length).toBeLessThan(count + 1_200);

    await expect.poll(() => own.sent.length).toBe(count + count * WINDOW);
    driver.stop();
  });

  it('answers a crowd in lock-step without waiting for the next turn', () => {
    const { driver, listener } = serving();
    const plain = encodePacket({ type: 'rrq', filename: 'f', mode: 'octet', options: [] });
    const count = 1_000;
    const requests = Array.from({ length: count }, (_, index) => ({
      remote: client(`10.0.${index % 250}.9`, 1_024 + index),
      payload: plain,
    }));
    driver.receive(listener, requests);
    expect(listener.sent).toHaveLength(count);
    driver.stop();
  });

  it('sends the answers that waited for the next turn from the sockets that they belong to', async () => {
    const { driver, listener, own, ports } = serving();
    const other = new Recorder();
    const plain = encodePacket({ type: 'rrq', filename: 'f', mode: 'octet', options: [] });
    const clients = Array.from({ length: 4 }, (_, index) => client(`10.0.0.${index}`, 1_024));
    const sockets = [listener, listener, other, listener];
    for (const [index, remote] of clients.entries()) {
      driver.receive(sockets[index] ?? listener, [{ remote, payload: plain }]);
    }
    const windows = 20;
    for (let index = 0; index < windows; index += 1) {
      driver.receive(listener, [{ remote: client('10.0.0.9', 1_024 + index), payload: windowed }]);
    }
    for (const [index, port] of ports.entries()) {
      driver.receive(port, [{ remote: client('10.0.0.9', 1_024 + index), payload: ack(0) }]);
    }
    listener.sent.length = 0;
    other.sent.length = 0;

    for (const [index, remote] of clients.entries()) {
      driver.receive(sockets[index] ?? listener, [{ remote, payload: ack(1) }]);
    }
    expect([...listener.sent, ...other.sent]).toEqual([]);
    await nextTurn();

    expect(listener.sent).toEqual([clients[0], clients[1], clients[3]]);
    expect(other.sent).toEqual([clients[2]]);
    await expect.poll(() => own.sent.length).toBe(windows + windows * WINDOW);
    driver.stop();
  });

  it('sends the remaining datagrams when it stops', () => {
    const { driver, listener, own, ports } = serving();
    const count = 50;
    for (let index = 0; index < count; index += 1) {
      driver.receive(listener, [{ remote: client('10.0.0.9', 1_024 + index), payload: windowed }]);
    }
    for (const [index, port] of ports.entries()) {
      driver.receive(port, [{ remote: client('10.0.0.9', 1_024 + index), payload: ack(0) }]);
    }
    expect(own.sent.length).toBeLessThan(count * WINDOW);
    driver.stop();
    expect(own.sent).toHaveLength(count + count * WINDOW);
  });
});
