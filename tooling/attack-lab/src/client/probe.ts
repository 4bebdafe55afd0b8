/**
 * Client that requests a small file at fixed intervals, without waiting for earlier answers: over TFTP
 * (in lockstep, with a retry after a second, like firmware) and over HTTP on a new connection.
 * Prints the higher of the two protocols' 99th percentiles, in milliseconds.
 *
 *   node probe.js SERVER SECONDS
 */
import { createSocket } from 'node:dgram';
import { get } from 'node:http';
import { isIPv6 } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

import { PORTS } from '../daemon/daemon.js';
import { percentile99, PROBE_DEADLINE_MS } from './latency.js';

const INTERVAL_MS = 100;
const RETRY_MS = 1_000;
const FILE = 'ldlinux.c32';
const BLOCK_BYTES = 512;

const [server = '', seconds = '10'] = process.argv.slice(2);

/** Reads the file over TFTP; returns the time it took in milliseconds, or undefined if it failed. */
function readByTftp(): Promise<number | undefined> {
  return new Promise((resolve) => {
    const startedAt = performance.now();
    const socket = createSocket(isIPv6(server) ? 'udp6' : 'udp4');
    let next = 1;
    // The transfer's own port, once it has answered (RFC 1350 §4).
    let port: number = PORTS.tftp;
    let datagram = Buffer.from(`\0\x01${FILE}\0octet\0`, 'latin1');
    const send = (): void => {
      socket.send(datagram, port, server);
    };
    const retry = setInterval(send, RETRY_MS);
    const end = (time?: number): void => {
      clearInterval(retry);
      clearTimeout(deadline);
      socket.close();
      resolve(time);
    };
    const deadline = setTimeout(end, PROBE_DEADLINE_MS);
    socket.on('error', () => {
      end();
    });
    socket.on('message', (message, remote) => {
      if (message.length < 4 || message.readUInt16BE(0) !== 3) {
        // An ERROR: the server refuses a file that it has.
        end();
        return;
      }
      if (message.readUInt16BE(2) !== next) {
        return;
      }
      ({ port } = remote);
      datagram = Buffer.from([0, 4, next >> 8, next & 0xff]);
      next += 1;
      retry.refresh();
      if (message.length >= 4 + BLOCK_BYTES) {
        send();
        return;
      }
      socket.send(datagram, port, server, () => {
        end(performance.now() - startedAt);
      });
    });
    send();
  });
}

/** Reads the file over HTTP; returns the time it took in milliseconds, or undefined if it failed. */
function readByHttp(): Promise<number | undefined> {
  return new Promise((resolve) => {
    const startedAt = performance.now();
    const request = get(
      { host: server, port: PORTS.http, path: `/${FILE}`, agent: false },
      (response) => {
        response.on('error', () => {
          resolve(undefined);
        });
        response.on('end', () => {
          resolve(response.statusCode === 200 ? performance.now() - startedAt : undefined);
        });
        response.resume();
      },
    );
    request.setTimeout(PROBE_DEADLINE_MS);
    const deadline = setTimeout(() => request.destroy(), PROBE_DEADLINE_MS);
    request.on('error', () => {
      resolve(undefined);
    });
    request.on('close', () => {
      clearTimeout(deadline);
      resolve(undefined);
    });
  });
}

const tftp: Promise<number | undefined>[] = [];
const http: Promise<number | undefined>[] = [];
const endsAt = performance.now() + Number(seconds) * 1000;
for (let due = performance.now(); due < endsAt; due += INTERVAL_MS) {
  await delay(Math.max(0, due - performance.now()));
  tftp.push(readByTftp());
  http.push(readByHttp());
}
const percentiles = [tftp, http].map(async (times) =>
  percentile99(await Promise.all(times), PROBE_DEADLINE_MS),
);
console.log(Math.max(...(await Promise.all(percentiles))));
