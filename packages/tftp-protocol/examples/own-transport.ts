import { DEFAULT_PARAMETERS, ReceiveTransfer, SendTransfer } from '@pxe/tftp-protocol';

// Two state machines, connected by this loop, which loses every tenth datagram like a bad network.
const file = new Uint8Array(100_000).fill(7);
const parameters = { ...DEFAULT_PARAMETERS, blksize: 1024, windowsize: 8 };
const optionAck = [
  ['blksize', '1024'],
  ['windowsize', '8'],
] as const;
const request = { type: 'rrq', filename: 'f', mode: 'octet', options: optionAck } as const;
const source = {
  size: file.length,
  read: (offset: number, length: number) => file.subarray(offset, offset + length),
};

let now = 0;
const receiver = new ReceiveTransfer({ opening: { type: 'request', request } }, now);
receiver.nextDatagram(); // The request; a server would decode it and negotiate its options.
const sender = new SendTransfer({ opening: { type: 'offer', optionAck, parameters }, source }, now);

let sent = 0;
let received = 0;
let isRunning = true;
while (isRunning) {
  let isQuiet = true;
  for (const [from, to] of [
    [sender, receiver],
    [receiver, sender],
  ] as const) {
    for (let out = from.nextDatagram(); out !== undefined; out = from.nextDatagram()) {
      isQuiet = false;
      sent += 1;
      if (sent % 10 !== 0) {
        to.receive(Uint8Array.from([...out.head, ...(out.body ?? [])]), now);
      }
    }
  }
  for (let event = receiver.nextEvent(); event !== undefined; event = receiver.nextEvent()) {
    if (event.type === 'data') {
      received += event.data.length;
      if (event.isLast) {
        receiver.finish(now);
      }
    }
  }
  for (let event = sender.nextEvent(); event !== undefined; event = sender.nextEvent()) {
    isRunning &&= event.type !== 'completed' && event.type !== 'failed';
  }
  if (isQuiet && isRunning) {
    // Nothing moves: advance the clock to the next deadline.
    now = Math.min(sender.deadline ?? Infinity, receiver.deadline ?? Infinity);
    sender.timeout(now);
    receiver.timeout(now);
  }
}
console.log(`${received} bytes arrived in ${sent} datagrams`);
