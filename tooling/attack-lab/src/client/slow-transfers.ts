/**
 * Slow machines: some read a file over TFTP in lockstep and wait before each ACK, others read a
 * range of a file over HTTP at a limited rate. Prints "started" once all have received their first
 * bytes, and at the end a SlowTransferReport as JSON.
 *
 *   node slow-transfers.js SERVER COUNT TFTP_FILE ACK_WAIT_MS HTTP_PATH HTTP_BYTES BYTES_PER_SECOND
 */
import { createHash } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { Agent, get } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

import { PORTS } from '../daemon/daemon.js';
import { type SlowTransferReport } from './slow-transfer-report.js';

const GIVE_UP_MS = 90_000;
const RETRY_MS = 1_000;
const BLOCK_BYTES = 512;

const [server = '', count, file = '', ackWaitMs, path, httpBytes, rate] = process.argv.slice(2);
let waitingForFirst = 2 * Number(count);

function begun(): void {
  waitingForFirst -= 1;
  if (waitingForFirst === 0) {
    console.log('started');
  }
}

function readSlowlyByTftp(): Promise<string | undefined> {
  return new Promise((resolve) => {
    const hash = createHash('sha256');
    const socket = createSocket('udp4');
    let expected = 1;
    let datagram = Buffer.from(`\0\x01${file}\0octet\0`, 'latin1');
    const send = (): void => {
      socket.send(datagram, PORTS.tftp, server);
    };
    const end = (result?: string): void => {
      clearInterval(retry);
      clearTimeout(deadline);
      socket.close();
      resolve(result);
    };
    const deadline = setTimeout(end, GIVE_UP_MS);
    const retry = setInterval(send, RETRY_MS);
    socket.on('message', (message) => {
      if (message.length < 4 || message.readUInt16BE(0) !== 3) {
        end();
        return;
      }
      const block = message.readUInt16BE(2);
      if (block !== (expected & 0xffff)) {
        return;
      }
      if (expected === 1) {
        begun();
      }
      expected += 1;
      hash.update(message.subarray(4));
      const isLast = message.length < 4 + BLOCK_BYTES;
      datagram = Buffer.from([0, 4, block >> 8, block & 0xff]);
      retry.refresh();
      setTimeout(() => {
        if (isLast) {
          socket.send(datagram, PORTS.tftp, server, () => {
            end(hash.digest('hex'));
          });
        } else {
          send();
        }
      }, Number(ackWaitMs));
    });
    send();
  });
}

async function readSlowlyByHttp(): Promise<string | undefined> {
  const hash = createHash('sha256');
  let received = 0;
  try {
    const response = await new Promise<AsyncIterable<Buffer>>((resolve, reject) => {
      get(
        {
          ...{ host: server, port: PORTS.http, path, agent: new Agent() },
          headers: { Range: `bytes=0-${Number(httpBytes) - 1}` },
        },
        resolve,
      ).on('error', reject);
    });
    begun();
    for await (const chunk of response) {
      received += chunk.length;
      hash.update(chunk);
      await delay((1000 * chunk.length) / Number(rate));
    }
  } catch {
    // The server or the network ended the transfer; it is then missing from the report.
    return undefined;
  }
  return received === Number(httpBytes) ? hash.digest('hex') : undefined;
}

const each = Array.from({ length: Number(count) });
const [tftp, http] = await Promise.all([
  Promise.all(each.map(readSlowlyByTftp)),
  Promise.all(each.map(readSlowlyByHttp)),
]);
const isWhole = (hash: string | undefined): hash is string => hash !== undefined;
const report: SlowTransferReport = { tftp: tftp.filter(isWhole), http: http.filter(isWhole) };
console.log(JSON.stringify(report));
