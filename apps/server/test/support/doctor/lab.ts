import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { createNamespace, type Namespace, type Program } from '@pxe/lab-host';

import { PXEBOOT, withoutSettings } from '../pxeboot-command.js';

/** Addresses of the hosts; the last one does not exist. */
export const SERVER = '10.91.0.1';
export const CLIENT = '10.91.0.2';
export const OTHER = '10.91.0.3';
export const NOBODY = '10.91.0.99';

/** IPv6 address of the server, in {@link DoctorLab.ipv6}. */
export const SERVER_IPV6 = 'fd91::1';

const PATIENCE_MS = 120_000;

/** Part of doctor's report that tests inspect. */
export interface Diagnosis {
  readonly code: number | null;
  readonly findings: readonly { readonly rule: string; readonly severity: string }[];
  /** Everything that doctor printed. */
  readonly text: string;
}

let count = 0;

/** Network with a boot server, a client and another host on one switch. */
export class DoctorLab implements AsyncDisposable {
  readonly server: Namespace;
  readonly client: Namespace;
  readonly other: Namespace;
  readonly directory: string;

  private constructor(namespaces: readonly Namespace[], directory: string) {
    const [server, client, other] = namespaces as [Namespace, Namespace, Namespace];
    this.server = server;
    this.client = client;
    this.other = other;
    this.directory = directory;
  }

  /**
   * Creates the network, without any servers.
   *
   * @param within - folder in which the lab creates its own folder, for the files of its programs
   */
  static async create(within: string): Promise<DoctorLab> {
    count += 1;
    const name = `doctor-${process.pid}-${count}`;
    const [server, client, other] = await Promise.all(
      ['server', 'client', 'other'].map((role) => createNamespace(`${name}-${role}`)),
    );
    const lab = new DoctorLab([server!, client!, other!], await mkdtemp(join(within, 'case-')));
    await lab.#connect();
    return lab;
  }

  async #connect(): Promise<void> {
    const { server, client, other } = this;
    await server.ip('link', 'add', 'server0', 'type', 'bridge', 'forward_delay', '0');
    await server.ip('address', 'add', `${SERVER}/24`, 'dev', 'server0');
    for (const [host, device, address] of [
      [client, 'client0', CLIENT],
      [other, 'other0', OTHER],
    ] as const) {
      const port = `to-${device}`;
      await server.ip(
        ...['link', 'add', port, 'type', 'veth'],
        ...['peer', 'name', device, 'netns', host.name],
      );
      await server.ip('link', 'set', port, 'master', 'server0', 'up');
      await host.ip('address', 'add', `${address}/24`, 'dev', device);
      await host.ip('link', 'set', device, 'up');
    }
    await server.ip('link', 'set', 'server0', 'up');
    for (const [host, device] of [
      [server, 'server0'],
      [client, 'client0'],
      [other, 'other0'],
    ] as const) {
      const state = `/sys/class/net/${device}/operstate`;
      await until(
        async () => (await host.output('cat', [state])).trim() === 'up',
        `${device} to come up`,
      );
    }
  }

  /** Adds firewall rules to a hook of a host. */
  async firewall(
    host: Namespace,
    hook: 'input' | 'output' | 'prerouting',
    ...rules: readonly string[]
  ): Promise<void> {
    // Before conntrack, which reassembles fragments.
    const chain = [`type filter hook ${hook} priority -450;`, ...rules].join('\n');
    await host.output('nft', [`table ip doctor {\nchain ${hook} {\n${chain}\n}\n}\n`]);
  }

  /** Lowers the MTU of the switch port of the client, which then silently drops larger packets. */
  async smallMtu(mtu: number): Promise<void> {
    // Without an MTU of its own, the bridge would use the smallest MTU of its ports, and the server would send smaller packets.
    await this.server.ip('link', 'set', 'server0', 'mtu', String(mtu));
    await this.server.ip('link', 'set', 'server0', 'mtu', '1500');
    // A bridge forwards larger TCP segments if its host leaves segmentation to the card.
    await this.server.ip('link', 'set', 'server0', 'gso_max_segs', '1');
    await this.server.ip('link', 'set', 'to-client0', 'mtu', String(mtu));
  }

  /** Starts dnsmasq without DNS. */
  async dnsmasq(host: Namespace, ...options: readonly string[]): Promise<Program> {
    const program = await host.start('dnsmasq', [
      ...['--no-daemon', '--user=root', '--port=0', '--no-ping', '--conf-file=/dev/null'],
      ...['--log-facility=-', '--pid-file=', '--bind-interfaces', '--except-interface=lo'],
      ...[`--dhcp-leasefile=${join(this.directory, `${host.name}.leases`)}`, ...options],
    ]);
    await program.line(/started, version/, PATIENCE_MS);
    await bound(host, 'udp', 67);
    return program;
  }

  /** Starts ISC dhcpd. */
  async isc(host: Namespace, dhcpd: string, device: string, settings: string): Promise<void> {
    const directory = await this.folder('isc');
    const file = join(directory, 'dhcpd.conf');
    const subnet = 'subnet 10.91.0.0 netmask 255.255.255.0 { range 10.91.0.50 10.91.0.80; }';
    await writeFile(file, `ping-check false;\n${settings}\n${subnet}\n`);
    await writeFile(join(directory, 'leases'), '');
    const program = await host.start(dhcpd, [
      ...['-f', '-4', '-cf', file, '-lf', join(directory, 'leases')],
      ...['-pf', join(directory, 'pid'), device],
    ]);
    await program.line(/Server starting service|Sending on\s+Socket/, PATIENCE_MS);
  }

  /** Starts Kea. */
  async kea(
    root: string,
    libraries: string,
    settings: Readonly<Record<string, unknown>>,
  ): Promise<void> {
    const directory = await this.folder('kea');
    const file = join(directory, 'kea.json');
    const Dhcp4 = {
      'interfaces-config': { interfaces: ['server0'] },
      'lease-database': { type: 'memfile', persist: false },
      subnet4: [{ id: 1, subnet: '10.91.0.0/24', pools: [{ pool: '10.91.0.50-10.91.0.80' }] }],
      ...settings,
    };
    await writeFile(file, JSON.stringify({ Dhcp4 }));
    const program = await this.server.start(join(root, 'usr/sbin/kea-dhcp4'), ['-c', file], {
      env: {
        ...process.env,
        LD_LIBRARY_PATH: libraries,
        KEA_PIDFILE_DIR: directory,
        KEA_LOCKFILE_DIR: directory,
      },
    });
    await program.line(/DHCP4_STARTED/, PATIENCE_MS);
  }

  /** Starts tftpd-hpa on a folder of the server. */
  async tftpd(program: string, root: string): Promise<void> {
    await this.server.start(program, ['--foreground', '--user', 'root', '--secure', root]);
    await bound(this.server, 'udp', 69);
  }

  /** Starts nginx on port 80 of the server. */
  async nginx(program: string, root: string, ...directives: readonly string[]): Promise<void> {
    const directory = await this.folder('nginx');
    const file = join(directory, 'nginx.conf');
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
      (name) => `${name}_temp_path ${join(directory, name)};`,
    );
    await writeFile(
      file,
      `daemon off; user root; worker_processes 1; pid ${join(directory, 'pid')};
error_log stderr; events {}
http { ${temporary.join(' ')} access_log off; sendfile on;
  server { listen 80; root ${root}; ${directives.join(' ')} } }
`,
    );
    await this.server.start(program, ['-c', file, '-e', 'stderr', '-p', directory]);
    await bound(this.server, 'tcp', 80);
  }

  /** Starts the daemon on the server. */
  async pxeboot(store: string, ...args: readonly string[]): Promise<Program> {
    const daemon = await this.server.start(
      process.execPath,
      [
        ...[PXEBOOT, 'serve', '--data-dir', store, '--state', 'off', '--log-format', 'json'],
        ...['--source-kind', 'mirror', '--source-url', 'http://127.0.0.1:9/debian', ...args],
      ],
      { env: withoutSettings(process.env) },
    );
    await daemon.line(/"event":"serve\.ready"/, PATIENCE_MS);
    return daemon;
  }

  /**
   * Gives the server an IPv6 address, {@link SERVER_IPV6}, and waits until all hosts may use theirs. The other host
   * forwards, as a router does.
   */
  async ipv6(): Promise<void> {
    await this.other.output('sh', ['-c', 'echo 1 > /proc/sys/net/ipv6/conf/all/forwarding']);
    await this.server.ip('address', 'add', `${SERVER_IPV6}/64`, 'dev', 'server0', 'nodad');
    for (const host of [this.server, this.client, this.other]) {
      await until(
        async () => (await host.output('ip', ['-6', 'address', 'show', 'tentative'])) === '',
        'IPv6 addresses',
      );
    }
  }

  /** Starts radvd on the other host. */
  async radvd(program: string, ...settings: readonly string[]): Promise<void> {
    const file = join(this.directory, 'radvd.conf');
    await writeFile(
      file,
      `interface other0 { AdvSendAdvert on; prefix fd91::/64 {}; ${settings.join(' ')} };\n`,
    );
    const pid = join(this.directory, 'radvd.pid');
    const radvd = await this.other.start(program, [
      ...['--nodaemon', '--logmethod', 'stderr', '--debug', '1', '--config', file],
      ...['--pidfile', pid],
    ]);
    await radvd.line(/version .* started/, PATIENCE_MS);
  }

  /**
   * Runs doctor, by default on the client.
   *
   * @param path - folder for its programs, such as `rdisc6`; without it, there are none
   */
  async diagnose(
    args: readonly string[] = [],
    host: Namespace = this.client,
    path = '/nonexistent',
  ): Promise<Diagnosis> {
    const nowhere = join(this.directory, 'no-store');
    const store = args.includes('--data-dir') ? [] : ['--data-dir', nowhere];
    const doctor = [process.execPath, PXEBOOT, 'doctor', '--json', ...store, ...args];
    const run = await host.run('env', [`PATH=${path}`, ...doctor], {
      env: withoutSettings(process.env),
    });
    const text = `${run.stdout}\n${run.stderr}`;
    const report = run.stdout === '' ? { findings: [] } : (JSON.parse(run.stdout) as Diagnosis);
    return { code: run.exitCode, findings: report.findings, text };
  }

  /** Creates an empty folder. */
  async folder(name: string): Promise<string> {
    const path = join(this.directory, name);
    await mkdir(path);
    return path;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const namespace of [this.client, this.other, this.server]) {
      await namespace[Symbol.asyncDispose]();
    }
  }
}

/** Waits until a program has bound a port of a host. */
async function bound(host: Namespace, protocol: 'tcp' | 'udp', port: number): Promise<void> {
  const flags = protocol === 'tcp' ? '-Hltn' : '-Hlun';
  await until(
    async () => (await host.output('ss', [flags, `sport = ${port}`])).trim() !== '',
    `port ${port}`,
  );
}

async function until(isTrue: () => Promise<boolean>, what: string): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  while (!(await isTrue())) {
    if (Date.now() > deadline) {
      throw new Error(`timed out while waiting for ${what}`);
    }
    await delay(50);
  }
}
