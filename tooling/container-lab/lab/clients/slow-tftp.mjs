// A slow machine: reads a file over TFTP in lockstep (RFC 1350) and waits before each ACK. Prints
// "started" with the first block, and the file's SHA-256 at its end.
//   node slow-tftp.mjs ADDRESS FILE WAIT_MS
import { createHash } from 'node:crypto';
import { createSocket } from 'node:dgram';
import process from 'node:process';
import { setTimeout } from 'node:timers';

const [address, path, waitMs] = process.argv.slice(2);
const hash = createHash('sha256');
const socket = createSocket('udp4');
let expected = 1;
socket.on('message', (datagram, peer) => {
  const [opcode, block] = [datagram.readUInt16BE(0), datagram.readUInt16BE(2)];
  if (opcode !== 3) {
    throw new Error(`no DATA: ${datagram.toString('latin1')}`);
  }
  if (block !== (expected & 0xffff)) {
    return;
  }
  if (expected === 1) {
    console.log('started');
  }
  expected += 1;
  hash.update(datagram.subarray(4));
  const isLast = datagram.length < 4 + 512;
  setTimeout(() => {
    socket.send(Uint8Array.of(0, 4, block >> 8, block & 0xff), peer.port, address, () => {
      if (!isLast) {
        return;
      }
      console.log(hash.digest('hex'));
      socket.close();
    });
  }, Number(waitMs));
});
socket.send(`\0\x01${path}\0octet\0`, 69, address);
