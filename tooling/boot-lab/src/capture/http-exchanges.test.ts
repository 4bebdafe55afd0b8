import { describe, expect, it } from 'vitest';

import { fixture } from '../../test/support/fixture.js';
import { type SentSegment, tcpPcapOf } from '../../test/support/frames.js';
import { readHttpExchanges } from './http-exchanges.js';

const client = ['10.77.0.50', 49_153] as const;
const server = ['10.77.0.1', 8069] as const;

const up = (sequence: number, payload = '', syn = false): SentSegment => ({
  from: client,
  to: server,
  sequence,
  payload,
  syn,
});
const down = (sequence: number, payload = '', syn = false): SentSegment => ({
  from: server,
  to: client,
  sequence,
  payload,
  syn,
});

const REQUEST = 'GET /a HTTP/1.0\r\nUser-Agent: Syslinux/6.04\r\n\r\n';

describe('readHttpExchanges', () => {
  it("reads lpxelinux's requests in a recorded boot", () => {
    const exchanges = readHttpExchanges(fixture('lpxelinux-http.pcap'), 8069);
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
    expect(readHttpExchanges(fixture('lpxelinux-http.pcap'), 80)).toEqual([]);
  });

  it('counts bytes once even if they were sent twice, overlapping or out of order', () => {
    const head = 'HTTP/1.0 200 OK\r\n\r\n';
    const body = 101 + head.length;
    const capture = tcpPcapOf([
      up(0, '', true),
      up(0, '', true),
      down(100, '', true),
      up(1, REQUEST),
      down(101, head),
      down(body + 4, 'EFGH'),
      down(body, 'ABCD'),
      down(body + 2, 'CDEFGH'),
      down(body + 8, 'I'),
    ]);
    expect(readHttpExchanges(capture, 8069)).toMatchObject([
      { body: Buffer.from('ABCDEFGHI'), complete: true },
    ]);
  });

  it('follows several answers on one kept connection, HEAD and 304 without body', () => {
    const requests =
      'HEAD /x.efi HTTP/1.1\r\n\r\nGET /x.efi HTTP/1.1\r\n\r\nGET /y HTTP/1.1\r\n\r\nGET /z HTTP/1.1\r\n\r\n';
    const answers = [
      'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n',
      'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello',
      'HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n',
      'HTTP/1.1 404 Not Found\r\ncontent-length: 2\r\n\r\nno',
    ].join('');
    const capture = tcpPcapOf([
      up(0, '', true),
      down(0, '', true),
      up(1, requests),
      down(1, answers),
    ]);
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
    const capture = tcpPcapOf([
      up(0, '', true),
      down(0, '', true),
      up(1, REQUEST),
      down(1, answer),
      down(1 + answer.length + 3, 'GHI'),
    ]);
    expect(readHttpExchanges(capture, 8069)).toMatchObject([
      { body: Buffer.from('ABC'), complete: false },
    ]);
  });

  it('handles sequence numbers that wrap and ports that are reused', () => {
    const answer = 'HTTP/1.0 200 OK\r\n\r\n';
    const last = 0xffff_ffff;
    const capture = tcpPcapOf([
      up(last, '', true),
      down(last - 10, '', true),
      up(0, REQUEST),
      down(last - 9, answer),
      down(last - 9 + answer.length, 'wrapped'),
      up(5_000, '', true),
      down(7_000, '', true),
      up(5_001, REQUEST.replace('/a', '/b')),
      down(7_001, `${answer}again`),
    ]);
    const seen = readHttpExchanges(capture, 8069);
    expect(seen.map(({ path, body }) => [path, body.length])).toEqual([
      ['/a', 7],
      ['/b', 5],
    ]);
  });
});
