/**
 * Ways to end a program, or to use the package wrongly, one per run. Prints `survived` where the program
 * continues.
 *
 *   misuse.js CASE
 */
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { setImmediate } from 'node:timers';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

import { bindUdpSocket } from '../../dist/index.js';

const here = new URL(import.meta.url);
const ignore = { received: () => undefined, failed: () => undefined };
const at = { address: '127.0.0.1', port: 0 };

/** Sends to itself without end. */
async function busySocket() {
  const socket = await bindUdpSocket(
    { at },
    {
      received(batch) {
        socket.send(batch.map(({ payload }) => ({ remote: socket.local, head: payload })));
      },
      failed: () => undefined,
    },
  );
  socket.send([{ remote: socket.local, head: new Uint8Array(100) }]);
  return socket;
}

/** The native module itself, which the package does not export. */
function nativeModule() {
  const file = `../../prebuilds/linux-${process.arch}/udp-batch.node`;
  return createRequire(import.meta.url)(process.env.UDP_BATCH_NATIVE ?? file);
}

const cases = {
  async exit() {
    await busySocket();
    process.exit(0);
  },
  async 'end with unreferenced sockets'() {
    for (let count = 0; count < 100; count += 1) {
      (await bindUdpSocket({ at }, ignore)).unref();
    }
  },
  async 'exit in a callback'() {
    const socket = await bindUdpSocket({ at }, { ...ignore, received: () => process.exit(0) });
    socket.send([{ remote: socket.local, head: Uint8Array.of(1) }]);
  },
  async 'throw in a callback'() {
    const socket = await bindUdpSocket(
      { at },
      {
        ...ignore,
        received(batch) {
          throw new Error(`thrown ${batch.length}`);
        },
      },
    );
    process.on('uncaughtException', ({ message }) => {
      console.log(message);
      socket.close();
    });
    socket.send([{ remote: socket.local, head: Uint8Array.of(1) }]);
  },
  async 'workers that exit'() {
    for (let count = 0; count < 5; count += 1) {
      const worker = new Worker(here, { workerData: 'exit' });
      await once(worker, 'exit');
    }
  },
  async 'workers that are ended while they are busy'() {
    for (let count = 0; count < 5; count += 1) {
      const worker = new Worker(here, { workerData: 'busy' });
      await once(worker, 'message');
      await worker.terminate();
    }
  },
  async 'workers that end with closed and unreferenced sockets'() {
    const worker = new Worker(here, { workerData: 'mixed' });
    await once(worker, 'exit');
  },
  async garbage() {
    const native = nativeModule();
    for (let round = 0; round < 20; round += 1) {
      for (let count = 0; count < 50; count += 1) {
        await (await bindUdpSocket({ at }, ignore)).close();
        native.close(native.open(() => undefined, '127.0.0.1', 0, -1, 0, 0, 0, '', '', 0, 0));
      }
      globalThis.gc();
      await new Promise(setImmediate);
    }
  },
  async 'foreign objects'() {
    const native = nativeModule();
    const socket = native.open(() => undefined, '127.0.0.1', 0, -1, 0, 0, 0, '', '', 0, 0);
    const closed = native.open(() => undefined, '127.0.0.1', 0, -1, 0, 0, 0, '', '', 0, 0);
    native.close(closed);
    const values = [
      undefined,
      null,
      0,
      -1,
      65,
      1e9,
      NaN,
      '',
      'x',
      {},
      [],
      () => 1,
      Symbol('s'),
      1n,
    ];
    const subjects = [...values, socket, closed, Object.create(socket), new Proxy(socket, {})];
    const attempt = (call) => {
      try {
        call();
      } catch (error) {
        if (!(error instanceof Error)) {
          throw error;
        }
      }
    };
    const opened = [];
    for (const one of subjects) {
      for (const other of subjects) {
        attempt(() => native.send(one, other, [], 0));
        attempt(() => native.send(socket, 1, one, other));
        attempt(() => socket.sendSeries(one, other, new ArrayBuffer(9), undefined));
        attempt(() => socket.sendSeries(1, 1, one, other));
        attempt(() => closed.sendSeries(1, 1, one, other));
        attempt(() => native.watch(one, other, other));
        attempt(() => native.format(one, other, 0, 0, 0));
        attempt(() => opened.push(native.open(one, other, 0, -1, 0, 0, 0, '', '', 0, 0)));
        attempt(() =>
          opened.push(native.open(() => 1, '127.0.0.1', 0, -1, one, other, other, '', '', 0, 0)),
        );
        attempt(() =>
          opened.push(native.open(() => 1, '127.0.0.1', one, -1, 0, 0, 0, other, '', 0, one)),
        );
      }
      attempt(() => native.local(one));
      attempt(() => native.parse(one));
      attempt(() => native.send(one));
      attempt(() => socket.sendSeries(one));
      attempt(() => socket.sendSeries.call(one, 1, 1, new ArrayBuffer(9), undefined));
      attempt(() => native.open(one));
      if (one !== socket) {
        attempt(() => native.close(one));
      }
    }
    for (const one of opened.filter((value) => typeof value === 'object')) {
      native.close(one);
    }
    native.close(socket);
  },
};

if (isMainThread) {
  const [name] = process.argv.slice(2);
  await cases[name]();
  console.log('survived');
} else {
  await busySocket();
  if (workerData === 'exit') {
    process.exit(0);
  }
  if (workerData === 'mixed') {
    for (let count = 0; count < 100; count += 1) {
      const socket = await bindUdpSocket({ at }, ignore);
      socket.unref();
      if (count % 2 === 0) {
        socket.close();
      }
    }
    process.exit(0);
  }
  parentPort.postMessage('busy');
}
