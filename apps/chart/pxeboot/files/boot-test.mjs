// Run by `helm test`: requests the files of a BIOS boot from every pod, as a machine would, and through the load
// balancer's Service if there is one. The argument is JSON, made by templates/tests/boot-test.yaml.
import { Buffer } from 'node:buffer';
import { createSocket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { get } from 'node:http';
import { isIPv6 } from 'node:net';
import process from 'node:process';
import { clearTimeout, setTimeout } from 'node:timers';
import { setTimeout as delay } from 'node:timers/promises';

const BLOCK_BYTES = 512;
const ANSWER_TIMEOUT_MS = 2000;
const ATTEMPTS = 5;
/** Time for a pod to become ready, in milliseconds; kube-proxy and DNS need some seconds after that. */
const READY_TIMEOUT_MS = 30_000;

const settings = JSON.parse(process.argv.at(-1));
const { ports } = settings;

/** Reads a file over TFTP, in lockstep and without options (RFC 1350). */
function readByTftp(address, path, port) {
  return new Promise((resolve, reject) => {
    const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
    const blocks = [];
    let last = Buffer.from(`\0\x01${path}\0octet\0`, 'latin1');
    let peerPort = port;
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
function readByHttp(address, path, port) {
  const options = { host: address, port, path: `/${path}`, timeout: 10_000 };
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

/** Returns the addresses of the ready pods. A headless Service without any has no DNS name. */
async function readyPods() {
  for (const deadline = Date.now() + READY_TIMEOUT_MS; Date.now() < deadline; await delay(1000)) {
    try {
      const found = await lookup(settings.service, { all: true });
      return found.map(({ address }) => address);
    } catch (error) {
      if (!['ENOTFOUND', 'EAI_AGAIN'].includes(error.code)) {
        throw error;
      }
    }
  }
  throw new Error(
    `no pod is ready: ${settings.service} has no address. The reason is in the output of\n  ${settings.pods}`,
  );
}

/** Reads the files of a boot from one address. */
async function boot(address, tftpPort, httpAddress = address) {
  const again = await readByHttp(httpAddress, 'lpxelinux.0', ports.http);
  const loader = await readByTftp(address, 'lpxelinux.0', tftpPort);
  const menu = await readByTftp(address, 'pxelinux.cfg/default', tftpPort);
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

/**
 * Boots from a pod. The boot plane closes the connections of clients outside of `config.access.allow`, to which
 * this pod need not belong: then only the pod's own checks can be read.
 */
async function bootFromPod(address) {
  try {
    await boot(address, ports.tftp);
  } catch (error) {
    if (!settings.isAccessLimited || error.code !== 'ECONNRESET') {
      throw error;
    }
    await readByHttp(address, 'readyz', ports.admin);
    console.log(
      `${address}: ready. config.access.allow does not admit this test, so it read no boot files`,
    );
    return false;
  }
  return true;
}

try {
  let isAdmitted = true;
  for (const address of await readyPods()) {
    isAdmitted = (await bootFromPod(address)) && isAdmitted;
  }
  if (settings.loadBalanced !== undefined && isAdmitted) {
    const { address } = await lookup(settings.loadBalanced);
    await boot(address, 69, settings.loadBalancedHttp);
  }
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
