import { createProxyDhcpService, DhcpListenError } from '../../src/node/index.js';

// Runs in a network namespace: `service-program ADDRESS LINK [relays]`. Each event is a line of JSON.

function print(event: object): void {
  process.stdout.write(`${JSON.stringify(event)}\n`);
}

const [address = '', link = '', relays] = process.argv.slice(2);

try {
  const service = await createProxyDhcpService({
    address,
    link,
    relays: relays === 'relays',
    bootFileFor({ firmware, cpu }) {
      if (cpu === 'arm64') {
        throw new Error('no file for arm64');
      }
      return { file: firmware === 'uefi' ? 'bootnetx64.efi' : 'lpxelinux.0' };
    },
    allows: (client) => client.startsWith('192.0.2.'),
    onEvent: (event) => {
      print(event.type === 'error' ? { ...event, error: String(event.error) } : event);
    },
  });
  process.once('SIGTERM', () => {
    void service.close().then(() => {
      print({ type: 'closed' });
    });
  });
  print({ type: 'ready' });
} catch (error) {
  if (!(error instanceof DhcpListenError)) {
    throw error;
  }
  const { code, address: at, port } = error;
  const { cause } = error;
  const system = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  print({ type: 'failed', code, address: at, port, system });
}
