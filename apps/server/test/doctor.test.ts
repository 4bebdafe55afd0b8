/** `pxeboot doctor` in networks with real servers: broken ones, whose faults it must find, and intact ones. */
import { copyFile, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

import { openStore } from '@pxe/debian-netboot';
import { efiProgram } from '@pxe/local-mirror';
import { lacks, lacksRoot } from '@pxe/test-host';

import { bootPlan } from '../src/dhcp/boot-files.js';
import { DHCP_SNIPPETS } from '../src/dhcp/snippets.js';
import { RunningDaemon } from './support/daemon.js';
import { unpackedPrograms } from './support/debian-packages.js';
import {
  type Diagnosis,
  DoctorLab,
  NOBODY,
  OTHER,
  SERVER,
  SERVER_IPV6,
} from './support/doctor/lab.js';
import { PXEBOOT, runPxeboot, withoutSettings } from './support/pxeboot-command.js';
import { copyTestStore } from './support/test-store.js';

const RANGE = '--dhcp-range=10.91.0.50,10.91.0.80';
/**
 * Firewall rule against the data in windows, which pxeboot sends from ports other than those of single
 * blocks.
 */
const DROP_WINDOWS = 'udp sport > 1023 udp length > 600 drop';
const UEFI_ONLY = ['--as', 'uefi'];
const BIOS_ONLY = ['--as', 'bios'];

/** Files of the boot tree, as other servers would serve them. */
const FILES = [
  ...['pxelinux.0', 'ldlinux.c32', 'vesamenu.c32', 'libcom32.c32', 'libutil.c32'],
  ...['bootnetx64.efi', 'grubx64.efi'],
];

// The cases spend most of their time waiting.
vi.setConfig({ maxConcurrency: 12 });

interface Tools {
  /** TFTP root with the loaders, their menus, and a kernel. */
  readonly root: string;
  readonly dhcpd: string;
  readonly tftpd: string;
  readonly nginx: string;
  readonly kea: string;
  readonly keaLibraries: string;
  readonly radvd: string;
  /** Folder of `rdisc6`. */
  readonly ndisc6: string;
}

/** Name of a case, the rules that doctor finds, and the function that sets up the network and runs doctor. */
type Case = readonly [
  title: string,
  rules: readonly string[],
  build: (lab: DoctorLab, tools: Tools) => Promise<Diagnosis>,
];

const bootFile = (file: string, server = SERVER): string => `--dhcp-boot=${file},,${server}`;

/** Serves the boot tree over TFTP, with DHCP. */
async function ordinary(
  lab: DoctorLab,
  { root, tftpd }: Tools,
  ...dhcp: readonly string[]
): Promise<void> {
  await lab.dnsmasq(lab.server, RANGE, ...dhcp);
  await lab.tftpd(tftpd, root);
}

/** Copies the boot tree, to change it. */
async function changedTree(lab: DoctorLab, { root }: Tools): Promise<string> {
  const copy = await lab.folder('tree');
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) {
      const path = join(entry.parentPath, entry.name);
      const to = join(copy, path.slice(root.length));
      await mkdir(dirname(to), { recursive: true });
      await copyFile(path, to);
    }
  }
  return copy;
}

const menuOver = (base: string): string =>
  `DEFAULT install\nLABEL install\n  LINUX ${base}/linux\n  INITRD ${base}/initrd.gz\n`;

const BROKEN: readonly Case[] = [
  [
    'an interface that does not exist',
    ['no-interface'],
    (lab) => lab.diagnose(['--interface', 'client1']),
  ],
  [
    'an interface that is down',
    ['link-down'],
    async (lab) => {
      await lab.client.ip('address', 'flush', 'dev', 'client0');
      await lab.client.ip('link', 'set', 'client0', 'down');
      return lab.diagnose(['--interface', 'client0']);
    },
  ],
  [
    'an interface without an address',
    ['no-address'],
    async (lab) => {
      await lab.client.ip('address', 'flush', 'dev', 'client0');
      return lab.diagnose(['--interface', 'client0']);
    },
  ],
  ['no DHCP server', ['no-dhcp'], (lab) => lab.diagnose(UEFI_ONLY)],
  [
    'ProxyDHCP without a DHCP server',
    ['no-lease'],
    async (lab, tools) => {
      await lab.dnsmasq(
        lab.server,
        '--dhcp-range=10.91.0.0,proxy',
        '--pxe-service=X86PC,"x",pxelinux',
      );
      await lab.tftpd(tools.tftpd, tools.root);
      return lab.diagnose(BIOS_ONLY);
    },
  ],
  [
    'a DHCP server without a boot file',
    ['no-boot-file'],
    async (lab) => {
      await lab.dnsmasq(lab.server, RANGE);
      return lab.diagnose(BIOS_ONLY);
    },
  ],
  [
    'a DHCP server without a boot file, for every kind of machine',
    ['no-boot-file'],
    async (lab) => {
      await lab.dnsmasq(lab.server, RANGE);
      return lab.diagnose();
    },
  ],
  [
    'two DHCP servers that name different files',
    ['contradiction'],
    async (lab, { dhcpd }) => {
      await lab.dnsmasq(lab.server, RANGE, bootFile('pxelinux.0'));
      await lab.isc(lab.other, dhcpd, 'other0', `next-server ${OTHER}; filename "other.0";`);
      return lab.diagnose(BIOS_ONLY);
    },
  ],
  [
    'pxeboot and another ProxyDHCP service, which names its file on port 4011',
    ['two-proxies'],
    async (lab, { dhcpd }) => {
      const store = join(lab.directory, 'store');
      await copyTestStore(store);
      await lab.pxeboot(
        store,
        ...['--proxy-dhcp-enabled', 'true', '--proxy-dhcp-interfaces', 'server0'],
      );
      await lab.dnsmasq(
        lab.other,
        ...['--dhcp-range=10.91.0.0,proxy', '--pxe-service=X86PC,"x",pxelinux'],
      );
      await lab.isc(lab.server, dhcpd, 'server0', '');
      return lab.diagnose(BIOS_ONLY);
    },
  ],
  [
    'a DHCP server that names one file to all machines, next to ProxyDHCP',
    ['contradiction'],
    async (lab) => {
      const store = join(lab.directory, 'store');
      await copyTestStore(store);
      await lab.pxeboot(
        store,
        ...['--proxy-dhcp-enabled', 'true', '--proxy-dhcp-interfaces', 'server0'],
      );
      await lab.dnsmasq(lab.other, RANGE, bootFile('undionly.kpxe', OTHER));
      return lab.diagnose();
    },
  ],
  [
    'two DHCP servers',
    ['two-dhcp-servers'],
    async (lab, tools) => {
      await ordinary(lab, tools, bootFile('pxelinux.0'));
      await lab.isc(
        lab.other,
        tools.dhcpd,
        'other0',
        `next-server ${SERVER}; filename "pxelinux.0";`,
      );
      return lab.diagnose(BIOS_ONLY);
    },
  ],
  [
    'a URL as the boot file of all firmware',
    ['url-as-file-name'],
    async (lab, { dhcpd }) => {
      await lab.isc(lab.server, dhcpd, 'server0', `filename "http://${SERVER}/pxelinux.0";`);
      return lab.diagnose(BIOS_ONLY, lab.client);
    },
  ],
  [
    'quotes in the boot file',
    ['quoted-file-name'],
    async (lab, { dhcpd }) => {
      const settings = `next-server ${SERVER}; filename "\\"pxelinux.0\\"";`;
      await lab.isc(lab.server, dhcpd, 'server0', settings);
      return lab.diagnose(BIOS_ONLY);
    },
  ],
  [
    'a space after the boot file',
    ['padded-file-name'],
    async (lab, { kea, keaLibraries }) => {
      await lab.kea(kea, keaLibraries, { 'next-server': SERVER, 'boot-file-name': 'pxelinux.0 ' });
      return lab.diagnose(BIOS_ONLY);
    },
  ],
  [
    'options 66 and 67 in each other’s place',
    ['swapped-options'],
    async (lab, { kea, keaLibraries }) => {
      await lab.kea(kea, keaLibraries, {
        'option-data': [
          { name: 'tftp-server-name', data: 'pxelinux.0' },
          { name: 'boot-file-name', data: SERVER },
        ],
      });
      return lab.diagnose(BIOS_ONLY);
    },
  ],
  [
    'a boot server that announces itself and is silent',
    ['silent-boot-server'],
    async (lab, { dhcpd }) => {
      const settings = `next-server ${SERVER}; option vendor-class-identifier "PXEClient";`;
      await lab.isc(lab.server, dhcpd, 'server0', settings);
      return lab.diagnose(UEFI_ONLY);
    },
  ],
  [
    'a loader for BIOS on UEFI',
    ['bios-loader-on-uefi'],
    async (lab, tools) => {
      await ordinary(lab, tools, bootFile('pxelinux.0'));
      return lab.diagnose(UEFI_ONLY);
    },
  ],
  [
    'a loader for UEFI on BIOS',
    ['uefi-loader-on-bios'],
    async (lab, tools) => {
      await ordinary(lab, tools, bootFile('bootnetx64.efi'));
      return lab.diagnose(BIOS_ONLY);
    },
  ],
  [
    'a loader for x64 on arm64',
    ['wrong-machine-type'],
    async (lab, tools) => {
      await ordinary(lab, tools, bootFile('bootnetx64.efi'));
      return lab.diagnose(['--as', 'arm64']);
    },
  ],
  [
    'an EFI program without a signature',
    ['unsigned-loader'],
    async (lab, tools) => {
      const tree = await changedTree(lab, tools);
      await writeFile(join(tree, 'own.efi'), efiProgram('amd64', 'x'));
      await lab.tftpd(tools.tftpd, tree);
      await lab.dnsmasq(lab.server, RANGE, bootFile('own.efi'));
      return lab.diagnose(UEFI_ONLY);
    },
  ],
  [
    'a boot server that does not exist',
    ['host-unreachable'],
    async (lab) => {
      await lab.dnsmasq(lab.server, RANGE, bootFile('pxelinux.0', NOBODY));
      return lab.diagnose(BIOS_ONLY);
    },
  ],
  [
    'a boot file without a server, from a DHCP server without TFTP',
    ['no-next-server'],
    async (lab, { dhcpd }) => {
      const store = join(lab.directory, 'store');
      await copyTestStore(store);
      await lab.pxeboot(store);
      await lab.isc(lab.other, dhcpd, 'other0', 'filename "lpxelinux.0";');
      return lab.diagnose(BIOS_ONLY);
    },
  ],
  [
    'no TFTP server',
    ['no-tftp-server'],
    async (lab) => {
      await lab.dnsmasq(lab.server, RANGE, bootFile('pxelinux.0'));
      return lab.diagnose(BIOS_ONLY);
    },
  ],
  [
    'a firewall that drops TFTP',
    ['tftp-blocked'],
    async (lab, tools) => {
      await lab.firewall(lab.server, 'input', 'udp dport 69 drop');
      await ordinary(lab, tools, bootFile('pxelinux.0'));
      return lab.diagnose(BIOS_ONLY);
    },
  ],
  [
    'a firewall that drops the answers of TFTP, which come from other ports',
    ['tftp-blocked'],
    async (lab, tools) => {
      await lab.firewall(lab.client, 'input', 'udp sport 69 accept', 'udp sport > 1023 drop');
      await ordinary(lab, tools, bootFile('pxelinux.0'));
      return lab.diagnose(BIOS_ONLY);
    },
  ],
  [
    'a path with a smaller MTU',
    ['large-blocks-lost'],
    async (lab, tools) => {
      await lab.firewall(lab.client, 'prerouting', 'ip length > 1400 drop');
      await ordinary(lab, tools, bootFile('pxelinux.0'));
      return lab.diagnose(BIOS_ONLY);
    },
  ],
  [
    'a switch port with a smaller MTU, for every kind of machine',
    ['large-blocks-lost'],
    async (lab) => {
      const store = join(lab.directory, 'store');
      await copyTestStore(store);
      await lab.smallMtu(1400);
      await lab.pxeboot(
        store,
        ...['--proxy-dhcp-enabled', 'true', '--proxy-dhcp-interfaces', 'server0'],
      );
      await lab.dnsmasq(lab.other, RANGE);
      return lab.diagnose();
    },
  ],
  [
    'a path that drops fragments',
    ['fragments-lost'],
    async (lab, tools) => {
      await lab.firewall(lab.client, 'prerouting', 'ip frag-off & 0x3fff != 0 drop');
      await ordinary(lab, tools, bootFile('pxelinux.0'));
      return lab.diagnose(BIOS_ONLY);
    },
  ],
  [
    'a firewall that drops the data of windows',
    ['windows-lost'],
    async (lab) => {
      const store = join(lab.directory, 'store');
      await copyTestStore(store);
      await lab.firewall(lab.client, 'input', DROP_WINDOWS);
      await lab.dnsmasq(lab.server, RANGE, bootFile('lpxelinux.0'));
      await lab.pxeboot(store);
      return lab.diagnose(BIOS_ONLY);
    },
  ],
  [
    'a path that loses packets',
    ['slow-tftp'],
    async (lab, tools) => {
      const isData = 'udp sport > 1023 udp length > 600';
      await lab.firewall(lab.client, 'input', `${isData} numgen inc mod 16 == 0 drop`);
      await ordinary(lab, tools, bootFile('bootnetx64.efi'));
      return lab.diagnose(UEFI_ONLY);
    },
  ],
  [
    'a path that loses packets, for every kind of machine',
    ['slow-tftp'],
    async (lab) => {
      const store = join(lab.directory, 'store');
      await copyTestStore(store);
      const isData = 'udp sport { 69, 1024-65535 } udp length > 600';
      await lab.firewall(lab.client, 'input', `${isData} numgen inc mod 8 == 0 drop`);
      await lab.pxeboot(
        store,
        ...['--proxy-dhcp-enabled', 'true', '--proxy-dhcp-interfaces', 'server0'],
      );
      await lab.dnsmasq(lab.other, RANGE);
      return lab.diagnose();
    },
  ],
  [
    'a boot file in capitals',
    ['wrong-case'],
    async (lab, tools) => {
      await ordinary(lab, tools, bootFile('PXELINUX.0'));
      return lab.diagnose(BIOS_ONLY);
    },
  ],
  [
    'a boot file that does not exist',
    ['missing-loader'],
    async (lab, tools) => {
      await ordinary(lab, tools, bootFile('nothing.0'));
      return lab.diagnose(BIOS_ONLY);
    },
  ],
  [
    'PXELINUX without its module',
    ['missing-ldlinux'],
    async (lab, tools) => {
      const tree = await changedTree(lab, tools);
      await rm(join(tree, 'ldlinux.c32'));
      await lab.tftpd(tools.tftpd, tree);
      await lab.dnsmasq(lab.server, RANGE, bootFile('pxelinux.0'));
      return lab.diagnose(BIOS_ONLY);
    },
  ],
  [
    'shim without GRUB',
    ['missing-grub'],
    async (lab, tools) => {
      const tree = await changedTree(lab, tools);
      await rm(join(tree, 'grubx64.efi'));
      await lab.tftpd(tools.tftpd, tree);
      await lab.dnsmasq(lab.server, RANGE, bootFile('bootnetx64.efi'));
      return lab.diagnose(UEFI_ONLY);
    },
  ],
  [
    'no menu',
    ['missing-menu'],
    async (lab, tools) => {
      const tree = await changedTree(lab, tools);
      await rm(join(tree, 'pxelinux.cfg'), { recursive: true });
      await lab.tftpd(tools.tftpd, tree);
      await lab.dnsmasq(lab.server, RANGE, bootFile('pxelinux.0'));
      return lab.diagnose(BIOS_ONLY);
    },
  ],
  [
    'a menu that names a missing initrd',
    ['missing-file'],
    async (lab, tools) => {
      const tree = await changedTree(lab, tools);
      await rm(join(tree, 'initrd.gz'));
      await lab.tftpd(tools.tftpd, tree);
      await lab.dnsmasq(lab.server, RANGE, bootFile('pxelinux.0'));
      return lab.diagnose(BIOS_ONLY);
    },
  ],
  ...(
    [
      ['no HTTP server', 'no-http-server', undefined],
      ['HTTP that redirects', 'http-redirect', 'return 301 https://$host$request_uri;'],
      ['HTTP without sizes', 'no-content-length', 'ssi on; ssi_types *;'],
      ['HTTP that refuses', 'http-refused-file', 'return 403;'],
    ] as const
  ).map(([title, rule, directive]): Case => [
    title,
    [rule],
    async (lab, tools) => {
      const tree = await changedTree(lab, tools);
      await writeFile(join(tree, 'pxelinux.cfg/default'), menuOver(`http://${SERVER}`));
      await lab.tftpd(tools.tftpd, tree);
      if (directive !== undefined) {
        await lab.nginx(tools.nginx, tree, directive);
      }
      await lab.dnsmasq(lab.server, RANGE, bootFile('pxelinux.0'));
      return lab.diagnose(BIOS_ONLY);
    },
  ]),
  [
    'HTTP Boot without its vendor class',
    ['no-http-vendor-class'],
    async (lab, { dhcpd }) => {
      const settings = `filename "http://${SERVER}/bootnetx64.efi";`;
      await lab.isc(lab.server, dhcpd, 'server0', settings);
      return lab.diagnose(['--as', 'http']);
    },
  ],
  [
    'DHCP that names another boot server',
    ['other-server'],
    async (lab, tools) => {
      await ordinary(lab, tools, bootFile('pxelinux.0', OTHER));
      return lab.diagnose([...BIOS_ONLY, '--server', SERVER]);
    },
  ],
  [
    'a DHCP server that cannot be seen from its own host',
    ['dhcp-on-this-host'],
    async (lab, { dhcpd }) => {
      const settings = `next-server ${SERVER}; filename "pxelinux.0";`;
      await lab.isc(lab.server, dhcpd, 'server0', settings);
      return lab.diagnose(BIOS_ONLY, lab.server);
    },
  ],
  [
    'pxeboot on a port that firmware does not use, on the server itself',
    ['own-ports'],
    async (lab) => {
      const store = join(lab.directory, 'store');
      await copyTestStore(store);
      await lab.dnsmasq(lab.server, RANGE, bootFile('lpxelinux.0'));
      await lab.pxeboot(store, '--tftp-listen', `${SERVER}:6969`);
      return lab.diagnose([...BIOS_ONLY, '--data-dir', store], lab.server);
    },
  ],
  [
    'an allow-list without the network, on the server itself',
    ['outside-allow-list'],
    async (lab) => {
      const store = join(lab.directory, 'store');
      await copyTestStore(store);
      const allow = ['--access-allow', '192.0.2.0/24'];
      await lab.dnsmasq(lab.server, RANGE, bootFile('lpxelinux.0'));
      await lab.pxeboot(store, ...allow);
      return lab.diagnose([...BIOS_ONLY, '--data-dir', store, ...allow], lab.server);
    },
  ],
];

/** Options of dnsmasq for DHCPv6 with a boot file. */
const DHCPV6 = [
  ...['--interface=server0', '--dhcp-range=fd91::50,fd91::80,64,1h'],
  `--dhcp-option=option6:bootfile-url,tftp://[${SERVER_IPV6}]/bootnetx64.efi`,
];

const UNANNOUNCED: readonly Case[] = [
  [
    'DHCPv6 that names a boot file, and a router that does not announce it',
    ['dhcpv6-unannounced'],
    async (lab, tools) => {
      await lab.ipv6();
      await lab.radvd(tools.radvd, 'AdvManagedFlag off; AdvOtherConfigFlag off;');
      await ordinary(lab, tools, bootFile('bootnetx64.efi'), ...DHCPV6);
      const diagnosis = await lab.diagnose(UEFI_ONLY, lab.client, tools.ndisc6);
      expect(diagnosis.text).toMatch(
        /router advertisement from fe80:[^ ]*: no DHCPv6 \(neither M nor O\), default router, fd91::\/64/,
      );
      return diagnosis;
    },
  ],
  [
    'DHCPv6 that names a boot file, without a router',
    ['dhcpv6-unannounced'],
    async (lab, tools) => {
      await lab.ipv6();
      await ordinary(lab, tools, bootFile('bootnetx64.efi'), ...DHCPV6);
      const diagnosis = await lab.diagnose(UEFI_ONLY, lab.client, tools.ndisc6);
      expect(diagnosis.text).toContain('= no router answered');
      return diagnosis;
    },
  ],
];

const GOOD: readonly Case[] = [
  [
    'DHCPv6 that names a boot file, announced by dnsmasq',
    [],
    async (lab, tools) => {
      await lab.ipv6();
      await ordinary(lab, tools, bootFile('bootnetx64.efi'), ...DHCPV6, '--enable-ra');
      const diagnosis = await lab.diagnose(UEFI_ONLY, lab.client, tools.ndisc6);
      expect(diagnosis.text).toMatch(
        /router advertisement from fe80:[^ ]*: DHCPv6 gives addresses \(M\), default router, fd91::\/64/,
      );
      expect(diagnosis.text).toMatch(
        /UEFI x64: ADVERTISE from fe80:[^ ]*, address fd91::[^ ]*, boot file .*tftp:..\[fd91::1\].bootnetx64\.efi/,
      );
      return diagnosis;
    },
  ],
  [
    'DHCPv6 for other settings only, announced by radvd',
    [],
    async (lab, tools) => {
      await lab.ipv6();
      await lab.radvd(tools.radvd, 'AdvOtherConfigFlag on; AdvDefaultLifetime 0;');
      await ordinary(lab, tools, bootFile('bootnetx64.efi'), ...DHCPV6);
      const diagnosis = await lab.diagnose(UEFI_ONLY, lab.client, tools.ndisc6);
      expect(diagnosis.text).toMatch(
        /router advertisement from fe80:[^ ]*: DHCPv6 gives other settings only \(O\), not a default router/,
      );
      expect(diagnosis.text).toMatch(
        /UEFI x64: REPLY from fe80:[^ ]*, no address, boot file .*bootnetx64\.efi/,
      );
      return diagnosis;
    },
  ],
  [
    'DHCPv6 next to a router, where rdisc6 is missing',
    [],
    async (lab, tools) => {
      await lab.ipv6();
      await lab.radvd(tools.radvd, 'AdvManagedFlag off; MaxRtrAdvInterval 4;');
      await ordinary(lab, tools, bootFile('bootnetx64.efi'), ...DHCPV6);
      const diagnosis = await lab.diagnose(UEFI_ONLY);
      expect(diagnosis.text).toMatch(/UEFI x64: ADVERTISE from fe80:/);
      expect(diagnosis.text).toContain(
        'cannot tell whether routers announce DHCPv6 (M and O flags): install rdisc6',
      );
      return diagnosis;
    },
  ],
  [
    'a firewall that drops the data of windows, with the fix for it',
    [],
    async (lab) => {
      const store = join(lab.directory, 'store');
      await copyTestStore(store);
      await lab.firewall(lab.client, 'input', DROP_WINDOWS);
      await lab.dnsmasq(lab.server, RANGE, bootFile('lpxelinux.0'));
      await lab.pxeboot(store, '--tftp-max-window-size', '1');
      return lab.diagnose(BIOS_ONLY);
    },
  ],
  [
    'dnsmasq and tftpd-hpa for BIOS, and nginx for the kernel over HTTP',
    [],
    async (lab, tools) => {
      const tree = await changedTree(lab, tools);
      await writeFile(join(tree, 'pxelinux.cfg/default'), menuOver(`http://${SERVER}`));
      await lab.tftpd(tools.tftpd, tree);
      await lab.nginx(tools.nginx, tree);
      await lab.dnsmasq(lab.server, RANGE, bootFile('pxelinux.0'));
      return lab.diagnose(BIOS_ONLY);
    },
  ],
  [
    'ISC dhcpd and tftpd-hpa for UEFI',
    [],
    async (lab, { dhcpd, tftpd, root }) => {
      await lab.tftpd(tftpd, root);
      const settings = `next-server ${SERVER}; filename "bootnetx64.efi";`;
      await lab.isc(lab.server, dhcpd, 'server0', settings);
      const diagnosis = await lab.diagnose(UEFI_ONLY);
      expect(diagnosis.text).toMatch(
        /bootnetx64\.efi: .* signed by Microsoft .*Microsoft Corporation/,
      );
      expect(diagnosis.text).toMatch(/grubx64\.efi: .* signed by Debian .*Debian Secure Boot CA/);
      return diagnosis;
    },
  ],
  [
    'dnsmasq alone, as ProxyDHCP next to another DHCP server',
    [],
    async (lab, { root, dhcpd }) => {
      await lab.dnsmasq(
        lab.server,
        ...['--dhcp-range=10.91.0.0,proxy', '--enable-tftp', `--tftp-root=${root}`],
        ...['--pxe-service=X86PC,"Debian",pxelinux', '--interface=server0'],
      );
      await lab.isc(lab.other, dhcpd, 'other0', '');
      return lab.diagnose(BIOS_ONLY);
    },
  ],
  [
    'Kea with the printed lines, and pxeboot',
    [],
    async (lab, { kea, keaLibraries }) => {
      const store = join(lab.directory, 'store');
      await copyTestStore(store);
      const snippet = await printed('kea', store);
      await lab.kea(kea, keaLibraries, JSON.parse(snippet) as Record<string, unknown>);
      await lab.pxeboot(store);
      return lab.diagnose();
    },
  ],
  [
    'pxeboot as ProxyDHCP next to a DHCP server that knows nothing of it',
    [],
    async (lab) => {
      const store = join(lab.directory, 'store');
      await copyTestStore(store);
      await lab.pxeboot(
        store,
        ...['--proxy-dhcp-enabled', 'true', '--proxy-dhcp-interfaces', 'server0'],
      );
      await lab.dnsmasq(lab.other, RANGE);
      return lab.diagnose();
    },
  ],
  [
    'dnsmasq as ProxyDHCP with the printed lines, next to ISC dhcpd, and pxeboot',
    [],
    async (lab, { dhcpd }) => {
      const store = join(lab.directory, 'store');
      await copyTestStore(store);
      const file = join(lab.directory, 'pxeboot-proxy.conf');
      await writeFile(file, await printed('dnsmasq-proxy', store));
      await lab.pxeboot(store);
      await lab.dnsmasq(lab.server, `--conf-file=${file}`, '--interface=server0');
      await lab.isc(lab.other, dhcpd, 'other0', '');
      return lab.diagnose();
    },
  ],
  [
    'pxeboot and dnsmasq on one host, seen from there',
    [],
    async (lab) => {
      const store = join(lab.directory, 'store');
      await copyTestStore(store);
      const file = join(lab.directory, 'pxeboot.conf');
      await writeFile(file, await printed('dnsmasq', store));
      await lab.dnsmasq(lab.server, RANGE, `--conf-file=${file}`);
      await lab.pxeboot(store);
      return lab.diagnose(['--data-dir', store], lab.server);
    },
  ],
  [
    'pxeboot behind a firewall that drops what comes from ports other than 69',
    [],
    async (lab) => {
      const store = join(lab.directory, 'store');
      await copyTestStore(store);
      await lab.firewall(lab.client, 'input', 'udp sport 69 accept', 'udp sport > 1023 drop');
      await lab.dnsmasq(lab.server, RANGE, bootFile('lpxelinux.0'));
      await lab.pxeboot(store);
      return lab.diagnose(BIOS_ONLY);
    },
  ],
];

/** Returns the output of `pxeboot dhcp` for a DHCP server of the lab. */
async function printed(server: string, store: string): Promise<string> {
  const generation = await (await openStore(store, { readOnly: true })).current();
  const plan = bootPlan(generation!.manifest, SERVER, `http://${SERVER}:8069`);
  return DHCP_SNIPPETS[server]!(plan);
}

describe.skipIf(lacks('ip', 'ss', 'nft', 'dnsmasq', 'apt-get', 'dpkg-deb') || lacksRoot())(
  'pxeboot doctor',
  { timeout: 300_000 },
  () => {
    let directory: string;
    let tools: Tools;

    beforeAll(async () => {
      directory = await mkdtemp(join(tmpdir(), 'pxeboot-doctor-'));
      const isc = await unpackedPrograms(['isc-dhcp-server']);
      const kea = await unpackedPrograms(['kea-dhcp4-server']);
      const hpa = await unpackedPrograms(['tftpd-hpa']);
      const nginx = await unpackedPrograms(['nginx-light']);
      const radvd = await unpackedPrograms(['radvd']);
      const ndisc6 = await unpackedPrograms(['ndisc6']);
      const root = join(directory, 'root');
      await bootTree(root, directory);
      const folders = await readdir(join(kea, 'usr/lib'));
      const libraries = folders.find((name) => name.includes('-linux-gnu')) ?? '';
      tools = {
        root,
        dhcpd: join(isc, 'usr/sbin/dhcpd'),
        tftpd: join(hpa, 'usr/sbin/in.tftpd'),
        nginx: join(nginx, 'usr/sbin/nginx'),
        kea,
        keaLibraries: join(kea, 'usr/lib', libraries),
        radvd: join(radvd, 'usr/sbin/radvd'),
        ndisc6: join(ndisc6, 'bin'),
      };
    }, 600_000);

    afterAll(async () => {
      await rm(directory, { recursive: true });
    });

    describe.concurrent('names the cause, and nothing else, of', () => {
      it.each([...BROKEN, ...UNANNOUNCED])('%s', async (_title, rules, build) => {
        await using lab = await DoctorLab.create(directory);
        const { code, findings, text } = await build(lab, tools);
        expect(
          findings.map(({ rule }) => rule),
          text,
        ).toEqual(rules);
        const isBroken = findings.some(({ severity }) => severity === 'error');
        expect(code).toBe(isBroken ? 8 : 9);
      });
    });

    describe.concurrent('finds nothing wrong with', () => {
      it.each(GOOD)('%s', async (_title, rules, build) => {
        await using lab = await DoctorLab.create(directory);
        const { code, findings, text } = await build(lab, tools);
        expect(
          findings.map(({ rule }) => rule),
          text,
        ).toEqual(rules);
        expect(code, text).toBe(0);
        expect(text).toContain('initrd.gz');
      });
    });

    it('is not taken for a machine that boots', async () => {
      await using lab = await DoctorLab.create(directory);
      const store = join(lab.directory, 'store');
      await copyTestStore(store);
      await lab.dnsmasq(lab.server, RANGE, bootFile('lpxelinux.0'));
      await lab.pxeboot(store);
      const { code } = await lab.diagnose(BIOS_ONLY);
      expect(code).toBe(0);
      const { stdout } = await runPxeboot(['boots', '--json', '--data-dir', store]);
      expect(JSON.parse(stdout)).toEqual({ boots: [] });
    });

    it('says how to check DHCP where port 68 needs root, and checks the rest', async () => {
      await using lab = await DoctorLab.create(directory);
      await ordinary(lab, tools, bootFile('pxelinux.0'));
      const user = ['setpriv', '--reuid=65534', '--clear-groups', '--bounding-set=-all'];
      const doctor = await lab.client.run(
        user[0]!,
        [
          ...user.slice(1),
          ...[process.execPath, PXEBOOT, 'doctor', '--as', 'uefi'],
          ...['--server', SERVER, '--data-dir', '/nonexistent'],
        ],
        { env: withoutSettings(process.env) },
      );
      expect(doctor.stdout, doctor.stderr).toContain(
        'port 68 needs root: run "sudo pxeboot doctor"',
      );
      expect(doctor.stdout).toContain('All good.');
      expect(doctor.exitCode).toBe(0);
    });
  },
);

/** Fills a folder with the boot tree, read from the daemon, and menus for it. */
async function bootTree(root: string, within: string): Promise<void> {
  const store = join(within, 'store');
  await copyTestStore(store);
  await using daemon = await RunningDaemon.start(['--data-dir', store, '--state', 'off']);
  const base = `http://127.0.0.1:${daemon.port('http')}`;
  const get = async (path: string): Promise<Buffer> => {
    const answer = await fetch(`${base}/${path}`);
    expect(answer.status, path).toBe(200);
    return Buffer.from(await answer.arrayBuffer());
  };
  await mkdir(join(root, 'pxelinux.cfg'), { recursive: true });
  await mkdir(join(root, 'debian-installer/amd64/grub'), { recursive: true });
  for (const name of FILES) {
    await writeFile(join(root, name), await get(name));
  }
  const generation = await (await openStore(store, { readOnly: true })).current();
  const target = generation!.manifest.targets.find(({ arch }) => arch === 'amd64')!;
  const { suite, build, arch, variant } = target;
  const kernel = await get(`debian/${suite}/${build}/${arch}/${variant}/linux`);
  await writeFile(join(root, 'linux'), kernel);
  await writeFile(join(root, 'initrd.gz'), Buffer.alloc(100_000, 'initrd'));
  await writeFile(join(root, 'pxelinux.cfg/default'), menuOver('').replaceAll(' /', ' '));
  await writeFile(
    join(root, 'debian-installer/amd64/grub/grub.cfg'),
    "menuentry 'Install' {\n  linux /linux vga=788 --- quiet\n  initrd /initrd.gz\n}\n",
  );
}
