/**
 * Sends datagrams at given times, each schedule from its own address and port. Answers are not
 * read; they are counted at the server. Takes a file with a list of DatagramSchedule as JSON.
 *
 *   node send-datagrams.js SERVER PORT FILE SECONDS
 */
import { createSocket } from 'node:dgram';
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

import { type DatagramSchedule } from './datagram-schedule.js';

const [server = '', port = '69', file = '', seconds = '10'] = process.argv.slice(2);
const schedules = JSON.parse(await readFile(file, 'utf8')) as readonly DatagramSchedule[];
for (const { address, datagrams } of schedules) {
  const socket = createSocket('udp4');
  socket.bind(0, address, () => {
    const startedAt = performance.now();
    let next = 0;
    const sendDue = (): void => {
      for (let due = datagrams[next]; due !== undefined; due = datagrams[next]) {
        const wait = due.atMs - (performance.now() - startedAt);
        if (wait > 0) {
          setTimeout(sendDue, wait);
          return;
        }
        socket.send(Buffer.from(due.hex, 'hex'), Number(port), server);
        next += 1;
      }
    };
    sendDue();
  });
}
await delay(Number(seconds) * 1000);
process.exit();
