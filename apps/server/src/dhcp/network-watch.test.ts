import { pino } from 'pino';
import { describe, expect, it } from 'vitest';

import { type BootClient, type BootOffer, type BootProbeResult } from '@pxe/dhcp-protocol/node';

import { biosLoaders, efiLoaders } from '../../test/support/boot-loaders.js';
import { bootPlan } from './boot-files.js';
import { PROBED_KINDS } from './known-servers.js';
import { NetworkWatch } from './network-watch.js';
import { DHCP_SNIPPETS } from './snippets.js';

const OURS = '192.0.2.9';
const LEASING = '192.0.2.1';
const MINUTE_MS = 60_000;

const PLAN = bootPlan(
  { biosLoaders, efiLoaders: [efiLoaders('trixie', 'amd64', true)] },
  OURS,
  `http://${OURS}:8069`,
);

const CLIENT: BootClient = {
  ...{ mac: '52:54:00:12:34:56', vendorClass: 'PXEClient', program: 'firmware' },
  ...{ architecture: 7, firmware: 'uefi', cpu: 'x64', uuid: undefined },
};

/** Options in the order in which dnsmasq sends them. */
const DNSMASQ = [53, 54, 51, 58, 59, 1, 28];

function offer(changes: Partial<BootOffer> & { readonly codes?: readonly number[] }): BootOffer {
  const { codes = [53, 54], ...rest } = changes;
  return {
    ...{ sender: LEASING, kind: 'proxy', server: LEASING, vendorClass: 'PXEClient' },
    ...{ bootFile: '', nextServer: undefined, tftpServerName: undefined },
    message: {
      ...{ operation: 'reply', hardwareType: 1, hardwareAddress: new Uint8Array(6), hops: 0 },
      ...{ transactionId: 1, seconds: 0, flags: 0, clientAddress: '0.0.0.0' },
      ...{ yourAddress: '0.0.0.0', nextServer: '0.0.0.0', relayAddress: '0.0.0.0' },
      ...{ serverName: '', file: '' },
      options: new Map(codes.map((code) => [code, new Uint8Array(4)])),
    },
    ...rest,
  };
}

const LEASE = { kind: 'lease', codes: DNSMASQ } as const;

/** Returns results in which the client kind at each index gets the offers that `offersTo` returns. */
function results(offersTo: (index: number) => readonly BootOffer[]): BootProbeResult[] {
  return PROBED_KINDS.map((_kind, index) => ({
    offers: offersTo(index),
    referral: undefined,
    acknowledgement: undefined,
  }));
}

function watched() {
  const lines: string[] = [];
  const records: unknown[] = [];
  const write = (line: string): void => {
    const record = JSON.parse(line) as { level: number; msg: string };
    lines.push(`${record.level === 40 ? 'warn' : 'info'}: ${record.msg}`);
    records.push(record);
  };
  const watch = new NetworkWatch({
    link: 'eth0',
    isOwn: (address) => address === OURS,
    plan: () => PLAN,
    logger: pino({}, { write }),
    admitsLine: () => true,
  });
  return { watch, lines, records };
}

describe('NetworkWatch', () => {
  it('reports the server that gives addresses once, with its program', () => {
    const { watch, lines } = watched();
    watch.probed(
      results(() => [offer(LEASE)]),
      0,
    );
    watch.probed(
      results(() => [offer(LEASE)]),
      1,
    );
    expect(lines).toEqual(['info: DHCP: 192.0.2.1 (dnsmasq) gives the addresses on eth0']);
    expect(watch.servers(1)).toMatchObject([
      {
        ...{ address: LEASING, givesAddresses: true, program: 'dnsmasq', bootFiles: [] },
        advice: undefined,
      },
    ]);
  });

  it('discovers a server that does not answer probes from the requests that machines send', () => {
    const { watch, lines } = watched();
    watch.leaseRequested({ mac: CLIENT.mac, server: LEASING, requested: '192.0.2.50' }, 0, 'kea');
    expect(lines).toEqual(['info: DHCP: 192.0.2.1 (Kea) gives the addresses on eth0']);
    expect(watch.servers(23 * 60 * MINUTE_MS)).toHaveLength(1);
    expect(watch.servers(25 * 60 * MINUTE_MS)).toEqual([]);
  });

  it('forgets a server that no longer answers probes', () => {
    const { watch } = watched();
    watch.probed(
      results(() => [offer(LEASE)]),
      0,
    );
    watch.leaseRequested({ mac: CLIENT.mac, server: LEASING, requested: undefined }, MINUTE_MS);
    expect(watch.servers(20 * MINUTE_MS)).toHaveLength(1);
    expect(watch.servers(30 * MINUTE_MS)).toEqual([]);
  });

  it('warns once about another ProxyDHCP service', () => {
    const { watch, lines, records } = watched();
    const other = offer({ sender: '192.0.2.7', server: '192.0.2.7', bootFile: 'pxelinux.0' });
    watch.probed(
      results((index) => (index === 0 ? [other, offer(LEASE)] : [offer(LEASE)])),
      0,
    );
    watch.probed(
      results(() => [other]),
      1,
    );
    expect(lines.filter((line) => line.startsWith('warn'))).toEqual([
      'warn: DHCP: another ProxyDHCP service answers on eth0: 192.0.2.7 names pxelinux.0 for BIOS. Machines use the first answer: stop one of the two',
    ]);
    expect(records[0]).toMatchObject({ bootFiles: { BIOS: 'pxelinux.0' } });
    expect(watch.servers(1).map(({ address, advice }) => [address, advice])).toEqual([
      ['192.0.2.7', expect.stringMatching(/^another ProxyDHCP service .*: stop one of the two$/)],
      [LEASING, undefined],
    ]);
  });

  it('recognises the files of a service that names them only on port 4011', () => {
    const { watch, lines } = watched();
    const other = offer({ nextServer: LEASING });
    const [first, ...others] = results((index) => (index === 0 ? [other] : []));
    const acknowledgement = offer({ bootFile: 'other.0' });
    watch.probed(
      [
        { ...first!, referral: { address: LEASING, item: undefined }, acknowledgement },
        { ...others[0]!, offers: [other], referral: { address: LEASING, item: undefined } },
      ],
      0,
    );
    expect(lines).toEqual([expect.stringContaining('192.0.2.1 names other.0 for BIOS. Machines')]);
  });

  it('does not report the services of this host', () => {
    const { watch, lines } = watched();
    watch.probed(
      results(() => [offer({ sender: OURS, server: OURS, bootFile: 'lpxelinux.0' })]),
      0,
    );
    expect(lines).toEqual([]);
    expect(watch.servers(0)).toEqual([]);
  });

  it('warns about a DHCP server that names other boot files, but not about one that names the same files', () => {
    const { watch, lines } = watched();
    const files = ['lpxelinux.0', 'syslinux.efi', '', '', 'undionly.kpxe'];
    watch.probed(
      results((index) => [offer({ ...LEASE, server: undefined, bootFile: files[index] ?? '' })]),
      0,
    );
    expect(lines).toEqual([
      'info: DHCP: 192.0.2.1 (dnsmasq) gives the addresses on eth0',
      'warn: DHCP: 192.0.2.1 (dnsmasq) names boot files itself: syslinux.efi for UEFI x64, undionly.kpxe for iPXE. Machines may load those: remove the boot options there, or set proxyDhcp.enabled: false',
    ]);
  });

  it('reports a machine that ignores its offer, with the configuration for its DHCP server', () => {
    const { watch, lines, records } = watched();
    watch.probed(
      results(() => [offer(LEASE)]),
      0,
    );
    watch.offered(CLIENT, 'bootnetx64.efi', 0);
    watch.reportIgnored(MINUTE_MS);
    watch.reportIgnored(2 * MINUTE_MS);
    const advice =
      '52:54:00:12:34:56 (UEFI x64) has not loaded bootnetx64.efi within 60 s of the offer: its firmware may accept boot files only from the server that gives it its address. Add the output of "pxeboot dhcp dnsmasq" to 192.0.2.1 (dnsmasq)';
    expect(lines.slice(1)).toEqual([`warn: DHCP: ${advice}`]);
    expect(records[1]).toMatchObject({
      mac: CLIENT.mac,
      snippet: DHCP_SNIPPETS['dnsmasq']?.(PLAN),
    });
    expect(watch.ignoring(2 * MINUTE_MS)).toEqual([
      { mac: CLIENT.mac, file: 'bootnetx64.efi', offeredAt: 0, advice },
    ]);
  });

  it('names the server that the machine has chosen, even if that server is unknown', () => {
    const { watch, lines } = watched();
    watch.probed(
      results(() => [offer(LEASE)]),
      0,
    );
    watch.offered(CLIENT, 'bootnetx64.efi', 0);
    watch.leaseRequested({ mac: CLIENT.mac, server: '192.0.2.2', requested: undefined }, 0);
    watch.reportIgnored(MINUTE_MS);
    expect(lines.at(-1)).toMatch(
      /"pxeboot dhcp" lists the supported DHCP servers; add the configuration for yours to 192\.0\.2\.2$/,
    );
  });

  it('names the missing DHCP server as the cause if none has answered', () => {
    const { watch, lines } = watched();
    watch.offered(CLIENT, 'bootnetx64.efi', 0);
    watch.reportIgnored(MINUTE_MS);
    expect(lines).toEqual([
      expect.stringMatching(/and no DHCP server has answered on eth0: check that one gives/),
    ]);
  });

  it.each<[string, (watch: NetworkWatch) => void]>([
    [
      'asks on port 4011',
      (watch) => {
        watch.acknowledged(CLIENT.mac);
      },
    ],
    [
      'requests a file',
      (watch) => {
        watch.requestedFrom('192.0.2.50');
      },
    ],
  ])('does not report a machine that %s', (_title, load) => {
    const { watch, lines } = watched();
    watch.offered(CLIENT, 'bootnetx64.efi', 0);
    watch.leaseRequested({ mac: CLIENT.mac, server: LEASING, requested: '192.0.2.50' }, 0);
    load(watch);
    watch.reportIgnored(MINUTE_MS);
    expect(lines.filter((line) => line.startsWith('warn'))).toEqual([]);
  });

  it('keeps a limited number of servers, preferring those that answer probes', () => {
    const { watch, lines } = watched();
    watch.probed(
      results(() => [offer(LEASE)]),
      0,
    );
    for (let number = 0; number < 5000; number++) {
      const server = `198.51.${number >> 8}.${number & 0xff}`;
      watch.leaseRequested({ mac: CLIENT.mac, server, requested: undefined }, 1);
    }
    expect(watch.servers(1)).toHaveLength(16);
    expect(watch.servers(1)[0]?.address).toBe(LEASING);
    expect(lines.length).toBeLessThanOrEqual(256);

    // Servers that answer probes are limited in number, too.
    const many = Array.from({ length: 20 }, (_, number) =>
      offer({ ...LEASE, server: `203.0.113.${number}` }),
    );
    watch.probed(
      results(() => many),
      2,
    );
    expect(watch.servers(2)).toHaveLength(16);
  });
});
