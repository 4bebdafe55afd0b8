import {
  createProxyDhcpService,
  DhcpListenError,
  dhcpServerKind,
  type ProxyDhcpService,
} from '../../src/node/index.js';

// Runs in a network namespace: `service-program ADDRESS LINK [relays|probe]`. Each event is a line of JSON.
// With `probe` it also probes for other servers, as a BIOS and as a UEFI client, and prints their offers.

function print(event: object): void {
  process.stdout.write(`${JSON.stringify(event)}\n`);
}

const [address = '', link = '', mode] = process.argv.slice(2);

/** Address that probes ask with. */
const HARDWARE_ADDRESS = Uint8Array.of(0x52, 0x54, 0, 0, 0, 0x99);

async function probe(service: ProxyDhcpService): Promise<void> {
  const clients = [0, 7].map(
    (architecture) => ({ vendorClass: 'PXEClient', architecture }) as const,
  );
  const results = await service.probe(clients, HARDWARE_ADDRESS);
  print({
    type: 'probed',
    results: results?.map(({ offers, acknowledgement }) => ({
      offers: offers.map(({ kind, server, bootFile, message }) => ({
        ...{ kind, server, bootFile, program: dhcpServerKind(message.options) },
      })),
      acknowledged: acknowledgement?.bootFile,
    })),
  });
}

try {
  const service = await createProxyDhcpService({
    address,
    link,
    relays: mode === 'relays',
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
  if (mode === 'probe') {
    await probe(service);
  }
} catch (error) {
  if (!(error instanceof DhcpListenError)) {
    throw error;
  }
  const { code, address: at, port } = error;
  const { cause } = error;
  const system = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  print({ type: 'failed', code, address: at, port, system });
}
