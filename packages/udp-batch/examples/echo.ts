import { bindUdpSocket } from '@pxe/udp-batch';

const at = { address: '127.0.0.1', port: 0 };
const socket = await bindUdpSocket({ at }, { received, failed: console.error });
socket.send([{ remote: socket.local, head: Buffer.from('hello '), body: Buffer.from('world') }]);

function received(batch: readonly { readonly payload: Uint8Array }[]): void {
  console.log(batch.map(({ payload }) => Buffer.from(payload).toString()));
  void socket.close();
}
