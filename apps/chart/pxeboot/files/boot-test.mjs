// Run by `helm test`: requests the files of a BIOS boot from every pod, as a machine would. The arguments are
// the name of the headless Service and the HTTP port.
import { Buffer } from 'node:buffer';
import { createSocket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { get } from 'node:http';
import { isIPv6 } from 'node:net';
import process from 'node:process';
import { clearTimeout, setTimeout } from 'node:timers';

const TFTP_PORT = 69;
const BLOCK_BYTES = 512;
const ANSWER_TIMEOUT_MS = 2000;
const ATTEMPTS = 5;

const [service, httpPort] = process.argv.slice(-2);

/** Reads a file over TFTP, in lockstep and without options (RFC 1350). */
function readByTftp(address, path) {
  return new Promise((resolve, reject) => {
    const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
    const blocks = [];
    let last = Buffer.from(`\0\x01${path}\0octet\0`, 'latin1');
    let peerPort = TFTP_PORT;
    let attempts = 0;
    let timer;
    const end = (settle, value) => {
      clearTimeout(timer);
      socket.close();
      settle(value);
    };
    const send = () => {
      if (attempts++ === ATTEMPTS) {
        end(reject, new Error(`TFTP ${path}: no answer from ${address}:${peerPort}/udp`));
        return;
      }
      socket.send(last, peerPort, address);
      timer = setTimeout(send, ANSWER_TIMEOUT_MS);
    };
    socket.on('error', (error) => end(reject, error));
    socket.on('message', (datagram, peer) => {
      const opcode = datagram.readUInt16BE(0);
      if (opcode === 5) {
        end(
          reject,
          new Error(`TFTP ${path}: ${datagram.toString('latin1', 4, datagram.length - 1)}`),
        );
        return;
      }
      const block = datagram.readUInt16BE(2);
      if (opcode !== 3 || block !== ((blocks.length + 1) & 0xffff)) {
        return;
      }
      peerPort = peer.port;
      blocks.push(datagram.subarray(4));
      last = Buffer.from([0, 4, block >> 8, block & 0xff]);
      clearTimeout(timer);
      attempts = 0;
      if (datagram.length === 4 + BLOCK_BYTES) {
        send();
      } else {
        socket.send(last, peerPort, address, () => end(resolve, Buffer.concat(blocks)));
      }
    });
    send();
  });
}

/** Reads a file over HTTP. */
function readByHttp(address, path) {
  const options = { host: address, port: httpPort, path: `/${path}`, timeout: 10_000 };
  return new Promise((resolve, reject) => {
    const request = get(options, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        if (response.statusCode === 200) {
          resolve(Buffer.concat(chunks));
        } else {
          reject(new Error(`HTTP /${path}: status ${response.statusCode}`));
        }
      });
    });
    request.on('timeout', () => request.destroy(new Error(`HTTP /${path}: no answer`)));
    request.on('error', reject);
  });
}

const pods = await lookup(service, { all: true });
for (const { address } of pods) {
  const loader = await readByTftp(address, 'lpxelinux.0');
  const menu = await readByTftp(address, 'pxelinux.cfg/default');
  const again = await readByHttp(address, 'lpxelinux.0');
  if (!loader.equals(again)) {
    throw new Error(`${address}: lpxelinux.0 differs between TFTP and HTTP`);
  }
  if (!/^label /im.test(menu.toString())) {
    throw new Error(`${address}: the menu has no entries`);
  }
  console.log(
    `${address}: loader (${loader.length} bytes) and menu (${menu.length} bytes) over TFTP, and over HTTP`,
  );
}
