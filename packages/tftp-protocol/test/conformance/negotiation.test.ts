/** C030-C046: negotiation of options (RFC 2347). */
import { describe, expect, it } from 'vitest';

import { createTftpClient } from '../../src/node/index.js';
import {
  memory,
  offeringSender,
  openSender,
  requestingReceiver,
  requestingSender,
} from '../support/machines.js';
import { RawClient } from '../support/raw-client.js';
import { scriptedServer } from '../support/scripted-server.js';
import { HASTY, patternBytes, serve } from '../support/serving.js';
import { collectingSink } from '../support/sinks.js';
import { ack, data, error, oack, output, sent } from '../support/wire-text.js';

describe('negotiation', () => {
  it('C030 a request without options is answered with DATA 1 of 512 bytes', async () => {
    await using serving = await serve({ files: { f: patternBytes(600) } });
    await using client = await RawClient.to(serving.at);

    client.read('f');

    expect(await client.answer()).toBe('DATA 1 (512)');
  });

  it('C031 a granted option is acknowledged, and data waits for ACK 0', async () => {
    await using serving = await serve({ files: { f: patternBytes(600) } });
    await using client = await RawClient.to(serving.at);

    client.read('f', { blksize: 100 });
    expect(await client.answer()).toBe('OACK blksize=100');
    expect(await client.answersDuring(100)).toEqual([]);
    client.ack(0);

    expect(await client.answer()).toBe('DATA 1 (100)');
  });

  it('C032 C071 unknown options are ignored', async () => {
    await using serving = await serve({ files: { f: patternBytes(600) } });
    await using client = await RawClient.to(serving.at);

    client.read('f', { windowwait: 5, msftwindow: 31416, password: 'x' });

    expect(await client.answer()).toBe('DATA 1 (512)');
  });

  it('C033 C035 only requested options are acknowledged, in the order of the request', async () => {
    await using serving = await serve({ files: { f: patternBytes(600) } });
    await using client = await RawClient.to(serving.at);

    client.read('f', { windowsize: 4, made: 'up', tsize: 0, timeout: 3, blksize: 1400 });

    expect(await client.answer()).toBe('OACK windowsize=4 tsize=600 timeout=3 blksize=1400');
  });

  it('C034 the order of options does not change the result', async () => {
    await using serving = await serve({
      files: { f: patternBytes(10) },
      maxBlockSize: 65_464,
      maxWindowSize: 65_535,
    });
    await using before = await RawClient.to(serving.at);
    await using after = await RawClient.to(serving.at);

    before.read('f', { windowsize: 65_535, blksize: 65_464 });
    after.read('f', { blksize: 65_464, windowsize: 65_535 });

    // 4 MiB in one window.
    expect(await before.answer()).toBe('OACK windowsize=64 blksize=65464');
    expect(await after.answer()).toBe('OACK blksize=65464 windowsize=64');
  });

  it('C036 a write request with options is answered with an OACK, which DATA 1 acknowledges', async () => {
    const files = new Map<string, Uint8Array>();
    await using serving = await serve({ sink: ({ filename }) => collectingSink(files, filename) });
    await using client = await RawClient.to(serving.at);

    client.write('f', { blksize: 100, tsize: 30 });
    expect(await client.answer()).toBe('OACK blksize=100 tsize=30');
    client.block(1, patternBytes(30));

    expect(await client.answer()).toBe('ACK 1');
    expect(files.get('f')).toEqual(patternBytes(30));
  });

  it.each([
    [8, 'User aborted the transfer'],
    [4, 'Malformatted OACK packet'],
  ])(
    'C037 a client that rejects the OACK with ERROR %i ends the transfer quietly',
    async (code, message) => {
      await using serving = await serve({ files: { f: patternBytes(600) } });
      await using client = await RawClient.to(serving.at);
      client.read('f', { blksize: 100 });
      await client.next();

      client.send({ type: 'error', code, message });

      expect(await serving.event('transferFinished')).toMatchObject({
        outcome: 'aborted',
        error: { by: 'peer', code, message },
      });
      expect(await client.answersDuring(100)).toEqual([]);
    },
  );

  it('C038 an unacknowledged OACK is repeated unchanged until the transfer is given up', async () => {
    await using serving = await serve({ files: { f: patternBytes(600) }, retransmission: HASTY });
    await using client = await RawClient.to(serving.at);

    client.read('f', { blksize: 100, timeout: 1 });

    expect(await client.answers(3)).toEqual([
      'OACK blksize=100 timeout=1',
      'OACK blksize=100 timeout=1',
      'OACK blksize=100 timeout=1',
    ]);
    expect(await serving.event('transferFinished')).toMatchObject({
      outcome: 'timedOut',
      bytesSent: 0,
    });
    expect(await client.answersDuring(1)).toEqual([]);
  });

  it('C039 a repeated ACK 0 is ignored in lock-step, and repeats a window once', () => {
    const lockStep = openSender(memory(5_000));
    const windowed = openSender(memory(5_000), { parameters: { windowsize: 3 } });
    sent(lockStep);
    expect(sent(windowed)).toEqual(['DATA 1 (512)', 'DATA 2 (512)', 'DATA 3 (512)']);

    lockStep.receive(ack(0), 30);
    windowed.receive(ack(0), 30);
    expect(sent(lockStep)).toEqual([]);
    expect(sent(windowed)).toEqual(['DATA 1 (512)', 'DATA 2 (512)', 'DATA 3 (512)']);

    windowed.receive(ack(0), 50);
    expect(sent(windowed)).toEqual([]);
  });

  it('C040 an ACK 0 for each of two OACKs starts one transfer', () => {
    const machine = offeringSender(memory(5_000), { parameters: { windowsize: 2 } });
    sent(machine);
    machine.timeout(1_000);
    expect(sent(machine)).toEqual(['OACK blksize=512 windowsize=2']);

    machine.receive(ack(0), 1_010);
    expect(sent(machine)).toEqual(['DATA 1 (512)', 'DATA 2 (512)']);
    machine.receive(ack(0), 1_020);
    expect(sent(machine)).toEqual([]);
  });

  it('C041 an ACK other than 0 neither opens nor ends a transfer', () => {
    const machine = offeringSender(memory(5_000));
    sent(machine);

    machine.receive(ack(1), 5);
    machine.receive(ack(0xffff), 6);

    expect(machine.state).toBe('offering');
    machine.receive(ack(0), 7);
    expect(sent(machine)).toEqual(['DATA 1 (512)']);
  });

  it.each(['0x200', '5 ', ' 5', '-1', '+5', '1e3', '', '9'.repeat(30), '１２'])(
    'C042 "%s" is not a number',
    async (value) => {
      await using serving = await serve({ files: { f: patternBytes(600) } });
      await using client = await RawClient.to(serving.at);

      client.read('f', { blksize: Buffer.from(value).toString('latin1') });

      expect(await client.answer()).toBe('DATA 1 (512)');
    },
  );

  it('C043 options can be refused for some clients or for all', async () => {
    await using serving = await serve({
      files: { f: patternBytes(2_000), 'old-rom': patternBytes(2_000) },
      quirks: ({ filename }) =>
        filename === 'old-rom'
          ? { refuseOptions: ['windowsize'], maxBlockSize: 700 }
          : { maxWindowSize: 2 },
    });
    await using quirky = await RawClient.to(serving.at);
    await using other = await RawClient.to(serving.at);

    quirky.read('old-rom', { blksize: 1400, windowsize: 8 });
    other.read('f', { blksize: 1400, windowsize: 8 });

    expect(await quirky.answer()).toBe('OACK blksize=700');
    expect(await other.answer()).toBe('OACK blksize=1400 windowsize=2');
  });

  it.each([
    ['an option that was not requested', { blksize: 100, timeout: 1 }],
    ['a larger blksize', { blksize: 2_000 }],
    ['a blksize below 8', { blksize: 7 }],
    ['a larger windowsize', { windowsize: 9 }],
    ['no window at all', { windowsize: 0 }],
    ['a value that is not a number', { blksize: 'big' }],
  ])('C045 a client answers an OACK that has %s with ERROR 8', (_name, options) => {
    const asked = [
      ['blksize', '1000'],
      ['windowsize', '8'],
    ] as const;
    for (const machine of [requestingReceiver(asked), requestingSender(memory(5), asked)]) {
      sent(machine);

      machine.receive(oack(options), 5);

      expect(output(machine)).toMatchObject({
        sent: [expect.stringMatching(/^ERROR 8 /)],
        events: [{ type: 'failed', failure: { by: 'local', code: 8, stage: 'handshake' } }],
      });
    }
  });

  it('C045 a client answers a changed timeout with ERROR 8', () => {
    const machine = requestingReceiver([['timeout', '3']]);
    sent(machine);

    machine.receive(oack({ timeout: 4 }), 5);

    expect(sent(machine)).toEqual(['ERROR 8 Unacceptable value of timeout']);
  });

  it('C046 DATA 1 instead of an OACK means that no option was granted', () => {
    const machine = requestingReceiver([
      ['blksize', '1000'],
      ['windowsize', '8'],
    ]);
    sent(machine);

    machine.receive(data(1, 512), 5);

    expect(machine.parameters).toMatchObject({ blksize: 512, windowsize: 1 });
    expect(sent(machine)).toEqual(['ACK 1']);
  });

  it('C046 for a write, ACK 0 instead of an OACK means the same', () => {
    const machine = requestingSender(memory(600), [['blksize', '1000']]);
    sent(machine);

    machine.receive(ack(0), 5);

    expect(sent(machine)).toEqual(['DATA 1 (512)']);
  });

  it('C044 a client repeats a request without options if they are refused', async () => {
    await using server = await scriptedServer((packet) => {
      if (packet.type !== 'rrq') {
        return [];
      }
      return packet.options.length > 0
        ? [{ type: 'error', code: 8, message: 'no options here' }]
        : [{ type: 'data', block: 1, data: patternBytes(100) }];
    });
    await using client = await createTftpClient({ host: '127.0.0.1', port: server.port });
    await using strict = await createTftpClient({
      host: '127.0.0.1',
      port: server.port,
      retryWithoutOptions: false,
    });

    await expect(client.get('f')).resolves.toEqual(patternBytes(100));
    await expect(strict.get('f')).rejects.toMatchObject({ code: 'ERR_TFTP_REMOTE', wireCode: 8 });
  });

  it('C090 an ERROR ends a machine in any state, and nothing is sent back', () => {
    const machines = [
      requestingReceiver(),
      requestingSender(memory(5)),
      offeringSender(memory(5)),
      openSender(memory(5)),
    ];
    for (const machine of machines) {
      sent(machine);

      machine.receive(error(3, 'full'), 20);

      expect(output(machine)).toMatchObject({
        sent: [],
        events: [{ type: 'failed', failure: { by: 'peer', code: 3, message: 'full' } }],
      });
      expect(machine.state).toBe('ended');
    }
  });
});
