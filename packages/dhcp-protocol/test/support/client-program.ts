import { createSocket } from 'node:dgram';

// Runs in a network namespace: `client-program PORT TO TO-PORT HEX...` sends the datagrams in this order, and
// prints those that arrive as lines of JSON.

const [port = '', to = '', toPort = '', ...datagrams] = process.argv.slice(2);

const socket = createSocket('udp4');
socket.on('message', (datagram, { address, port: fromPort }) => {
  const received = { hex: datagram.toString('hex'), address, port: fromPort };
  process.stdout.write(`${JSON.stringify(received)}\n`);
});
socket.bind(Number(port), () => {
  socket.setBroadcast(true);
  for (const hex of datagrams) {
    socket.send(Buffer.from(hex, 'hex'), Number(toPort), to);
  }
});
