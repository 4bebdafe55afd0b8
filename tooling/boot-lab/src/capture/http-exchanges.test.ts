import { describe, expect, it } from 'vitest';

import { fixturePath } from '../../test/support/fixture.js';
import { type CapturedPacket, readCapture } from './captured-packet.js';
import { readHttpExchanges } from './http-exchanges.js';

const client = { address: '10.77.0.50', port: 49_153 };
const server = { address: '10.77.0.1', port: 8069 };

const up = (sequence: number, text = '', stream = 0): CapturedPacket => ({
  ...{ time: 0, source: client, destination: server },
  ...{ tcp: { stream, sequence }, payload: Buffer.from(text) },
});
const down = (sequence: number, text = '', stream = 0): CapturedPacket => ({
  ...{ ...up(sequence, text, stream), source: server, destination: client },
});

const REQUEST = 'GET /a HTTP/1.0\r\nUser-Agent: Syslinux/6.04\r\n\r\n';

describe('readHttpExchanges', () => {
  it("reads lpxelinux's requests in a recorded boot", async () => {
    const recorded = await readCapture(fixturePath('lpxelinux-http.pcap'));
    const exchanges = readHttpExchanges(recorded, 8069);
    expect(exchanges.map(({ body, ...rest }) => ({ ...rest, length: body.length }))).toEqual([
      {
        method: 'GET',
        path: '/splash.png',
        userAgent: 'Syslinux/6.04',
        status: 200,
        length: 39_014,
        complete: true,
      },
    ]);
    expect(Buffer.from(exchanges[0]?.body ?? []).toString('latin1', 1, 4)).toBe('PNG');
    expect(readHttpExchanges(recorded, 80)).toEqual([]);
  });

  it('counts bytes once even if they were sent twice, overlapping or out of order', () => {
    const head = 'HTTP/1.0 200 OK\r\n\r\n';
    const body = 1 + head.length;
    const capture = [
      up(0),
      up(0),
      down(0),
      up(1, REQUEST),
      down(1, head),
      down(body + 4, 'EFGH'),
      down(body, 'ABCD'),
      down(body + 2, 'CDEFGH'),
      down(body + 8, 'I'),
    ];
    expect(readHttpExchanges(capture, 8069)).toMatchObject([
      { body: Buffer.from('ABCDEFGHI'), complete: true },
    ]);
  });

  it('follows several answers on one persistent connection, with HEAD and 304 without a body', () => {
    const requests =
      'HEAD /x.efi HTTP/1.1\r\n\r\nGET /x.efi HTTP/1.1\r\n\r\nGET /y HTTP/1.1\r\n\r\nGET /z HTTP/1.1\r\n\r\n';
    const answers = [
      'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n',
      'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello',
      'HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n',
      'HTTP/1.1 404 Not Found\r\ncontent-length: 2\r\n\r\nno',
    ].join('');
    const capture = [up(0), down(0), up(1, requests), down(1, answers)];
    const seen = readHttpExchanges(capture, 8069);
    expect(seen.map(({ method, status, body }) => [method, status, body.length])).toEqual([
      ['HEAD', 200, 0],
      ['GET', 200, 5],
      ['GET', 304, 0],
      ['GET', 404, 2],
    ]);
  });

  it('marks an answer that ends before its length, or at a gap', () => {
    const answer = 'HTTP/1.0 200 OK\r\nContent-Length: 9\r\n\r\nABC';
    const capture = [
      up(0),
      down(0),
      up(1, REQUEST),
      down(1, answer),
      down(1 + answer.length + 3, 'GHI'),
    ];
    expect(readHttpExchanges(capture, 8069)).toMatchObject([
      { body: Buffer.from('ABC'), complete: false },
    ]);
  });

  it('follows a connection from a port that was used before', () => {
    const answer = 'HTTP/1.0 200 OK\r\n\r\n';
    const capture = [
      ...[up(0), down(0), up(1, REQUEST), down(1, `${answer}first`)],
      ...[up(0, '', 1), down(0, '', 1), up(1, REQUEST.replace('/a', '/b'), 1)],
      down(1, `${answer}again, longer`, 1),
    ];
    const seen = readHttpExchanges(capture, 8069);
    expect(seen.map(({ path, body }) => [path, body.length])).toEqual([
      ['/a', 5],
      ['/b', 13],
    ]);
  });
});
