// Runs inside a network namespace: sends each message that it reads (hexadecimal, one per line) to all DHCPv6
// servers on an interface, and writes every message that arrives in the same form.
import { Buffer } from 'node:buffer';
import { createSocket } from 'node:dgram';
import { createInterface } from 'node:readline';

const [, , device] = process.argv;
const socket = createSocket({ type: 'udp6', ipv6Only: true });
socket.on('message', (bytes) => process.stdout.write(`${bytes.toString('hex')}\n`));
socket.bind(546, '::', () => {
  const lines = createInterface({ input: process.stdin });
  lines.on('line', (line) => socket.send(Buffer.from(line, 'hex'), 547, `ff02::1:2%${device}`));
  lines.on('close', () => socket.close());
});
