// Runs inside a network namespace: broadcasts each message that it reads (hexadecimal, one per line) from the
// DHCP client's port, and writes every message that arrives at that port in the same form.
import { Buffer } from 'node:buffer';
import { createSocket } from 'node:dgram';
import { createInterface } from 'node:readline';

const socket = createSocket({ type: 'udp4', reuseAddr: true });
socket.on('message', (bytes) => process.stdout.write(`${bytes.toString('hex')}\n`));
socket.bind(68, '0.0.0.0', () => {
  socket.setBroadcast(true);
  const lines = createInterface({ input: process.stdin });
  lines.on('line', (line) => socket.send(Buffer.from(line, 'hex'), 67, '255.255.255.255'));
  lines.on('close', () => socket.close());
});
