import {
  AnswerLimits,
  decodeMessage,
  encodeMessage,
  MessageType,
  NO_ADDRESS,
  OptionCode,
  ProxyDhcpResponder,
} from '@pxe/dhcp-protocol';

const proxy = new ProxyDhcpResponder({
  bootFileFor: ({ program, cpu }) =>
    program === 'firmware' && cpu === 'x64' ? { file: 'bootnetx64.efi' } : undefined,
  allows: (address) => address.startsWith('192.0.2.'),
  limits: new AnswerLimits(),
});

// A DISCOVER as UEFI sends it. A server gets it from its socket on port 67.
const datagram = encodeMessage({
  operation: 'request',
  hardwareType: 1,
  hardwareAddress: Uint8Array.of(0x52, 0x54, 0, 0x12, 0x34, 0x56),
  hops: 0,
  transactionId: 1,
  seconds: 0,
  flags: 0,
  clientAddress: NO_ADDRESS,
  yourAddress: NO_ADDRESS,
  nextServer: NO_ADDRESS,
  relayAddress: NO_ADDRESS,
  serverName: '',
  file: '',
  options: new Map<number, Uint8Array>([
    [OptionCode.messageType, Uint8Array.of(MessageType.discover)],
    [OptionCode.vendorClass, new TextEncoder().encode('PXEClient:Arch:00007:UNDI:003000')],
    [OptionCode.clientArchitecture, Uint8Array.of(0, 7)],
  ]),
});
const result = proxy.receive(
  {
    datagram,
    from: { address: '0.0.0.0', port: 68 },
    localAddress: '192.0.2.1',
    link: 'eth0',
  },
  performance.now(),
);

if (result.type === 'answered') {
  const { bytes, to } = result.answer;
  const answer = decodeMessage(bytes);
  console.log(`${result.client.mac}, ${result.client.firmware} on ${result.client.cpu}`);
  console.log(`${bytes.length} bytes to ${to.address} port ${to.port}`);
  console.log(answer.ok ? `${answer.message.file} from ${answer.message.nextServer}` : '');
} else {
  console.log(`no answer: ${result.reason}`);
}
