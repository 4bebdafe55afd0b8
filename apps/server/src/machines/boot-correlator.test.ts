import { describe, expect, it } from 'vitest';

import { NOT_READY } from '../namespace/boot-namespace.js';
import { type BootChange, BootCorrelator } from './boot-correlator.js';
import { bootSentence, reachedText, sharedText } from './boot-text.js';
import { type Boot, stageOf } from './boot.js';
import { type Sighting } from './sighting.js';

const MAC = '52:54:00:12:34:56';
const MAC_PATH = '/pxelinux.cfg/01-52-54-00-12-34-56';
const FALSE_MAC = '02:00:00:00:00:01';
const UUID = '12345678-1234-1234-1234-123456789abc';
const FOLDER = '/debian/trixie/20250803+deb13u7/amd64/text';

function macOf(index: number): string {
  return `52:54:00:00:0${index >> 8}:${(index & 255).toString(16).padStart(2, '0')}`;
}

/** Machine that requests one file after another, 0.2 seconds apart. */
class Client {
  readonly changes: BootChange[] = [];

  readonly correlator: BootCorrelator;
  readonly address: string;
  now: number;

  constructor(correlator: BootCorrelator, address = '10.77.0.50', now = 1_000_000) {
    this.correlator = correlator;
    this.address = address;
    this.now = now;
  }

  asks(path: string, facts: Partial<Sighting> = {}): this {
    this.now += 200;
    const changes = this.correlator.see({
      at: this.now,
      durationMs: 100,
      transport: 'tftp',
      address: this.address,
      path,
      result: 'delivered',
      bytes: 1000,
      size: 1000,
      ...facts,
    });
    this.changes.push(...changes);
    return this;
  }

  /** Reports a delivery as TFTP does before the last block is acknowledged: without figures. */
  delivers(path: string): this {
    this.now += 200;
    const facts = { durationMs: 0, transport: 'tftp', address: this.address, path } as const;
    this.changes.push(...this.correlator.see({ ...facts, at: this.now, result: 'delivered' }));
    return this;
  }

  misses(path: string, facts: Partial<Sighting> = {}): this {
    return this.asks(path, { result: 'notFound', bytes: 0, ...facts });
  }

  byHttp(path: string, facts: Partial<Sighting> = {}): this {
    return this.asks(path, { transport: 'http', ...facts });
  }

  sleeps(ms: number): this {
    this.now += ms;
    this.changes.push(...this.correlator.settle(this.now));
    return this;
  }

  get boot(): Boot {
    return this.changes.at(-1)!.boot;
  }

  get ids(): readonly number[] {
    return [...new Set(this.changes.map(({ boot }) => boot.id))];
  }
}

function client(address?: string): Client {
  return new Client(new BootCorrelator(), address);
}

// The sequences of docs/boot-walkthrough.md, which were recorded with real firmware.
function bios(machine: Client, identity = { mac: MAC }): Client {
  return machine
    .asks('/lpxelinux.0', { result: 'sizeOnly', bytes: 0 })
    .asks('/lpxelinux.0', { blksize: 1432 })
    .asks('/ldlinux.c32', { blksize: 1408 })
    .misses(MAC_PATH, { identity })
    .misses('/pxelinux.cfg/0A4D0032')
    .asks('/pxelinux.cfg/default')
    .asks('/vesamenu.c32')
    .asks('/libcom32.c32')
    .asks('/pxelinux.cfg/default')
    .byHttp('/splash.png');
}

function image(machine: Client, folder = FOLDER): Client {
  return machine
    .byHttp(`${folder}/linux`, { result: 'sizeOnly', bytes: 0 })
    .byHttp(`${folder}/linux`, { bytes: 12_142_528 })
    .byHttp(`${folder}/initrd.gz`, { bytes: 40_723_557 });
}

function uefi(machine: Client, transport: 'tftp' | 'http' = 'tftp'): Client {
  return machine
    .asks('/bootnetx64.efi', { transport, result: 'sizeOnly', bytes: 0 })
    .asks('/bootnetx64.efi', { transport, blksize: 1468, windowsize: 4 })
    .misses('/revocations_sku.efi', { transport })
    .misses('/shim_certificate_0.efi', { transport })
    .asks('/grubx64.efi', { transport, blksize: 512, windowsize: 4 })
    .asks('/debian-installer/amd64/grub/grub.cfg', { transport })
    .byHttp('/splash.png');
}

describe('BootCorrelator', () => {
  it('follows BIOS firmware from the loader to the installer', () => {
    const machine = image(bios(client()));
    expect(machine.ids).toEqual([1]);
    expect(machine.boot).toMatchObject({
      firmware: 'bios',
      mac: MAC,
      arch: 'amd64',
      outcome: 'installer',
      proven: true,
      refused: [],
    });
    expect(machine.boot.stages.map(({ name }) => name)).toEqual([
      'loader',
      'core',
      'menu',
      'kernel',
      'initrd',
    ]);
    expect(stageOf(machine.boot, 'menu')?.fetches).toBe(2);
    expect(stageOf(machine.boot, 'loader')?.fetches).toBe(1);
    expect(reachedText(machine.boot)).toBe('installer of trixie');
    expect(machine.changes.filter(({ type }) => type === 'ended')).toHaveLength(1);
  });

  it('does not expect an initrd for an extra entry', () => {
    const machine = bios(client()).byHttp('/entries/memtest/0123456789abcdef/kernel');
    expect(machine.boot.outcome).toBe('booting');
    machine.sleeps(300_000);
    expect(machine.boot).toMatchObject({ outcome: 'installer' });
    expect(machine.boot.diagnosis).toBeUndefined();
    expect(reachedText(machine.boot)).toBe('entry memtest');
  });

  it.each(['tftp', 'http'] as const)('follows UEFI firmware over %s', (transport) => {
    const machine = image(uefi(client(), transport));
    expect(machine.ids).toEqual([1]);
    expect(machine.boot).toMatchObject({ firmware: 'uefi', arch: 'amd64', outcome: 'installer' });
  });

  it('follows an unattended installation to its end', () => {
    const machine = image(bios(client()));
    const report = (path: string): Client => machine.byHttp(path, { identity: { mac: MAC } });
    expect(report('/p/***/preseed.cfg').boot.outcome).toBe('installer');
    expect(bootSentence(report('/i/***/early').boot)).toMatch(
      /^started the installer of trixie in .* s, which fetched: early$/,
    );
    machine.sleeps(20 * 60_000);
    report('/i/***/late');
    report('/i/***/done');
    expect(machine.ids).toEqual([1]);
    expect(machine.boot.stages.slice(-4).map(({ name }) => name)).toEqual([
      'preseed',
      'early',
      'late',
      'installed',
    ]);
    expect(reachedText(machine.boot)).toBe('installed trixie');
    expect(bootSentence(machine.boot)).toBe('installed trixie in 20 min 3 s');
    expect(machine.changes.at(-1)?.type).toBe('updated');
    expect(machine.boot).toMatchObject({ outcome: 'installer', refused: [] });
  });

  it('adds the end of an installation to the boot of the machine that it names', () => {
    const correlator = new BootCorrelator();
    const one = image(bios(new Client(correlator)));
    const other = image(bios(new Client(correlator, one.address, one.now), { mac: FALSE_MAC }));
    other.byHttp('/p/***/preseed.cfg', { identity: { mac: MAC } });
    expect(other.boot).toMatchObject({ id: one.ids[0], mac: MAC });
  });

  it('follows iPXE, whose request for shim is not a new boot', () => {
    const machine = client()
      .byHttp('/menu.ipxe')
      .byHttp('/ipxe/x86_64.ipxe')
      .byHttp('/ipxe/bootnetx64.efi');
    expect(image(machine).ids).toEqual([1]);
    expect(machine.boot).toMatchObject({ firmware: 'ipxe', outcome: 'installer' });
  });

  it("follows U-Boot, which requests PXELINUX's names first", () => {
    const machine = client()
      .misses('/0A4D0032.img')
      .misses(MAC_PATH, { identity: { mac: MAC } })
      .misses('/pxelinux.cfg/default-arm-foo')
      .asks('/pxelinux.cfg/default-arm')
      .asks('/debian/trixie/20250803+deb13u7/arm64/text/initrd.gz')
      .asks('/debian/trixie/20250803+deb13u7/arm64/text/linux');
    expect(machine.ids).toEqual([1]);
    expect(machine.boot).toMatchObject({ firmware: 'u-boot', arch: 'arm64', outcome: 'installer' });
  });

  it('leaves a machine at its menu without a diagnosis, and continues when someone chooses an entry', () => {
    const machine = bios(client()).sleeps(61_000);
    expect(machine.boot.outcome).toBe('menu');
    expect(machine.boot.diagnosis).toBeUndefined();
    image(machine.sleeps(3 * 60 * 60 * 1000));
    expect(machine.ids).toEqual([1]);
    expect(machine.boot.outcome).toBe('installer');
  });

  it('reports a machine whose menu boots its disk immediately, even if it does not acknowledge the menu', () => {
    const machine = client()
      .asks('/lpxelinux.0')
      .asks('/ldlinux.c32')
      .asks(MAC_PATH, { result: 'sizeOnly', bytes: 0, bootsDisk: true });
    expect(machine.boot.outcome).toBe('booting');
    machine.asks(MAC_PATH, { result: 'interrupted', bytes: 0, bootsDisk: true });
    expect(machine.changes.at(-1)).toMatchObject({ type: 'ended', boot: { outcome: 'local' } });
    expect(reachedText(machine.boot)).toBe('local disk');
    expect(bootSentence(machine.boot)).toBe('has a menu that boots its local disk at once');
    // A user may still choose another entry.
    machine.asks(MAC_PATH, { bootsDisk: false }).sleeps(61_000);
    expect(machine.boot.outcome).toBe('menu');
  });

  it('keeps the outcome "local disk" for boots from an earlier run', () => {
    const { boot } = client().asks('/lpxelinux.0').asks(MAC_PATH, { bootsDisk: true });
    const next = new BootCorrelator(2);
    next.restore([boot], 1_000_000);
    expect(new Client(next).asks(MAC_PATH).boot).toMatchObject({ id: 1, outcome: 'local' });
  });

  it('distinguishes the boots of one machine when it boots again and identifies itself again', () => {
    const machine = image(bios(image(bios(client()))));
    expect(machine.ids).toEqual([1, 2]);
    expect(machine.boot).toMatchObject({ id: 2, mac: MAC, outcome: 'installer' });
  });

  it('begins a new boot when a machine that already has its menu fetches its loader again', () => {
    const machine = bios(bios(client()).sleeps(90_000));
    expect(machine.ids).toEqual([1, 2]);
  });

  it('distinguishes machines behind one address by the file that they request next', () => {
    const correlator = new BootCorrelator();
    const one = new Client(correlator);
    const other = new Client(correlator, one.address, one.now + 50);
    const second = { mac: '52:54:00:00:00:02' };
    one
      .asks('/lpxelinux.0')
      .asks('/ldlinux.c32')
      .misses(MAC_PATH, { identity: { mac: MAC } });
    one.asks('/pxelinux.cfg/default');
    other.now = one.now;
    other.asks('/lpxelinux.0').asks('/ldlinux.c32');
    other.misses('/pxelinux.cfg/01-52-54-00-00-00-02', { identity: second });
    other.asks('/pxelinux.cfg/default');
    one.now = other.now;
    image(one);
    expect([one.boot.id, one.boot.outcome]).not.toEqual([other.boot.id, other.boot.outcome]);
    expect(one.boot.outcome).toBe('installer');
    expect(other.boot).toMatchObject({ mac: second.mac, machinesAtAddress: 2 });
  });

  it('reports how many machines share an address if the machine is unknown', () => {
    const correlator = new BootCorrelator();
    for (const mac of ['52:54:00:00:00:01', '52:54:00:00:00:02']) {
      bios(new Client(correlator), { mac });
    }
    const unknown = new Client(correlator, undefined, 1_010_000).asks('/menu.ipxe');
    expect(unknown.boot.machinesAtAddress).toBe(2);
    expect(sharedText(unknown.boot)).toBe('one of 2 machines at this address');
  });

  it('adds the figures of a transfer that ends long after the machine has moved on', () => {
    const machine = client().delivers('/lpxelinux.0');
    machine.asks('/ldlinux.c32');
    machine.asks('/lpxelinux.0', { isLate: true, bytes: 74_882, durationMs: 400, blksize: 1432 });
    expect(machine.ids).toEqual([1]);
    expect(stageOf(machine.boot, 'loader')).toMatchObject({
      bytes: 74_882,
      fetches: 1,
      blksize: 1432,
    });
  });

  it('ignores names that firmware probes for, and files unrelated to boots', () => {
    const machine = client().misses('/autoexec.ipxe').misses('/favicon.ico').byHttp('/splash.png');
    expect(machine.changes).toEqual([]);
  });

  describe('with TFTP requests that are forged in the name of a machine', () => {
    const forged = { result: 'interrupted', bytes: 0, durationMs: 30_000 } as const;

    it('keeps the result of a boot that reached the installer', () => {
      const machine = image(bios(client()));
      machine
        .asks(`${FOLDER}/initrd.gz`, forged)
        .asks('/lpxelinux.0', forged)
        .misses('/debian/trixie/1/amd64/text/linux')
        .misses('/preseed/a');
      expect(machine.changes.findLast(({ boot }) => boot.id === 1)?.boot).toMatchObject({
        outcome: 'installer',
        stages: { length: 5 },
      });
      expect(machine.changes.every(({ boot }) => boot.id !== 1 || !boot.diagnosis)).toBe(true);
      expect(machine.changes.every(({ boot }) => boot.id === 1 || !boot.proven)).toBe(true);
    });

    it('does not count fetches of a loader that the machine already has', () => {
      const machine = client().asks('/lpxelinux.0');
      for (let count = 0; count < 5; count++) {
        machine.asks('/lpxelinux.0', forged);
      }
      expect(machine.boot.diagnosis).toBeUndefined();
      expect(stageOf(machine.boot, 'loader')).toMatchObject({ result: 'delivered', fetches: 1 });
    });

    it('forgets a refused file once the machine continues', () => {
      const machine = bios(client()).misses('/debian/trixie/1/amd64/text/linux');
      expect(machine.boot.diagnosis?.rule).toBe('replaced-image');
      expect(image(machine).boot).toMatchObject({ id: 1, outcome: 'installer' });
      expect(machine.boot.diagnosis).toBeUndefined();
    });

    it('replaces a false name with the one in a request that cannot be forged', () => {
      const machine = client().asks('/lpxelinux.0');
      machine.misses('/pxelinux.cfg/01-02-00-00-00-00-01', { identity: { mac: FALSE_MAC } });
      machine.asks('/ldlinux.c32').asks('/pxelinux.cfg/default');
      expect(machine.boot.mac).toBe(FALSE_MAC);
      machine.byHttp(`${FOLDER}/linux`, { identity: { mac: MAC } });
      machine.misses('/a', { identity: { mac: FALSE_MAC, uuid: UUID } });
      machine.byHttp(`${FOLDER}/initrd.gz`, { identity: { mac: MAC } });
      expect(machine.ids).toEqual([1]);
      expect(machine.boot).toMatchObject({ mac: MAC, outcome: 'installer' });
      expect(machine.boot.uuid).toBeUndefined();
    });

    it('does not change a name, but adds to it', () => {
      const machine = bios(client(), { mac: MAC });
      machine.misses(MAC_PATH, { identity: { mac: MAC, uuid: UUID } });
      machine.byHttp(`${FOLDER}/linux`, { identity: { mac: MAC } });
      expect(machine.boot).toMatchObject({ mac: MAC, uuid: UUID });
    });
  });

  it('limits the number of boots from forged requests', () => {
    const correlator = new BootCorrelator();
    const real = bios(new Client(correlator, '10.0.0.1'));
    for (let host = 0; host < 5_000; host++) {
      new Client(correlator, `10.1.${host >> 8}.${host & 255}`, real.now).misses('/undionly.kpxe');
    }
    expect(image(real).boot).toMatchObject({ id: 1, outcome: 'installer' });
  });

  it('limits the boots of all addresses together, and ends the excess ones', () => {
    const correlator = new BootCorrelator();
    const ended = new Set<number>();
    const see = (path: string, address: string, mac: string, bytes: number): void => {
      const [at, durationMs, transport] = [1_000_000, 0, 'tftp'] as const;
      const [result, identity] = ['interrupted', { mac }] as const;
      const sighting = { at, durationMs, transport, address, path, result, bytes, identity };
      for (const { type, boot } of correlator.see(sighting)) {
        if (type === 'ended') {
          ended.add(boot.id);
        }
      }
    };
    for (let index = 0; index < 10_000; index++) {
      const octets = [index & 255, index >> 8].map((octet) => octet.toString(16).padStart(2, '0'));
      const mac = `02:00:00:00:${octets.join(':')}`;
      // Forged requests transfer no bytes, and do not use the slots of others.
      see('/lpxelinux.0', `10.0.0.${index & 255}`, mac, 1);
      see('/lpxelinux.0', `10.1.0.${index & 255}`, mac, 0);
    }
    expect(ended.size).toBe(20_000 - 5_000 - 512);
    expect(correlator.settle(2_000_000)).toHaveLength(5_000 + 512);
    expect(correlator.settle(2_000_000)).toEqual([]);
  });

  it('ends the oldest boots when one address has too many', () => {
    const correlator = new BootCorrelator();
    const rack = new Client(correlator);
    const changesOf = (id: number): string[] =>
      rack.changes.flatMap(({ type, boot }) => (boot.id === id ? [`${type} ${boot.outcome}`] : []));
    for (let index = 1; index <= 256; index++) {
      rack.asks('/lpxelinux.0', { identity: { mac: macOf(index) } });
    }
    expect(changesOf(1)).toEqual(['started booting']);
    rack.asks('/lpxelinux.0', { identity: { mac: macOf(257) } });
    expect(changesOf(1)).toEqual(['started booting', 'ended failed']);
    expect(changesOf(2)).toEqual(['started booting']);
  });

  it('ends the oldest boots from an earlier run when one address has too many', () => {
    const earlier = new BootCorrelator();
    const rack = new Client(earlier);
    for (let index = 1; index <= 256; index++) {
      rack.asks('/lpxelinux.0', { identity: { mac: macOf(index) } });
    }
    const one = { ...rack.changes[0]!.boot, id: 1_000, lastSeenAt: rack.now - 60_000 };
    const correlator = new BootCorrelator(2_000);
    correlator.restore([one, ...rack.changes.map(({ boot }) => boot)], rack.now);
    expect(correlator.takeChanges()).toMatchObject([
      { type: 'ended', boot: { id: 1_000, outcome: 'failed' } },
    ]);
  });

  it('ends a boot that expires before it is settled', () => {
    const machine = client().asks('/lpxelinux.0');
    machine.now += 13 * 60 * 60 * 1000;
    machine.asks('/lpxelinux.0');
    expect(machine.changes.map(({ type, boot }) => [type, boot.id, boot.outcome])).toEqual([
      ['started', 1, 'booting'],
      ['ended', 1, 'failed'],
      ['started', 2, 'booting'],
    ]);
  });
});

describe('settling', () => {
  it('ends the quiet boots of many addresses once, and leaves the others', () => {
    const correlator = new BootCorrelator();
    for (let index = 1; index <= 50; index++) {
      new Client(correlator, `10.77.1.${index}`).asks('/lpxelinux.0');
    }
    const late = new Client(correlator, '10.77.2.1', 1_050_000).asks('/lpxelinux.0');
    const ended = correlator.settle(1_070_000);
    expect(ended).toHaveLength(50);
    expect(new Set(ended.map(({ type, boot }) => `${type} ${boot.outcome}`))).toEqual(
      new Set(['ended failed']),
    );
    expect(correlator.settle(1_070_000)).toEqual([]);
    expect(correlator.settle(1_200_000).map(({ boot }) => boot.address)).toEqual([late.address]);
  });
});

describe('diagnosis', () => {
  const first = (name: string, transport: 'tftp' | 'http' = 'tftp'): Client =>
    client().misses(name, { transport });

  it.each<[string, Client]>([
    ['ipxe-bios-loader', first('/undionly.kpxe')],
    ['ipxe-efi-loader', first('/boot/snponly.efi')],
    ['removable-media-loader', first('/EFI/BOOT/BOOTX64.EFI')],
    ['windows-loader-bios', first('/boot/x64/wdsnbp.com')],
    ['windows-loader-efi', first('/bootmgfw.efi')],
    ['raspberry-pi', first('/start4.elf')],
    ['grub-without-shim', first('/grubnetx64.efi.signed')],
    ['directory-before-loader', first('/bios/pxelinux.0')],
    ['wrong-case', first('/LPXELINUX.0')],
    ['quoted-file-name', first('/"lpxelinux.0";')],
    ['url-as-file-name', first('/http:/10.0.0.1/lpxelinux.0')],
    ['preseed-by-tftp', first('/preseed/web1.cfg')],
    ['outside-allow-list', client('8.8.8.8').misses('', { result: 'denied' })],
    [
      'http-boot-needs-newer-grub',
      client().byHttp('/bootnetx64.efi', { result: 'refused', reason: 'its GRUB has no HTTP' }),
    ],
    [
      'bios-loader-on-uefi',
      client().asks('/lpxelinux.0', { blksize: 1468, windowsize: 4 }).sleeps(61_000),
    ],
    ['uefi-loader-on-bios', client().asks('/bootnetx64.efi', { blksize: 1432 }).sleeps(61_000)],
    [
      'loader-loop',
      client().asks('/lpxelinux.0').asks('/lpxelinux.0').asks('/lpxelinux.0').asks('/lpxelinux.0'),
    ],
    [
      'silent-after-first-block',
      client()
        .asks('/lpxelinux.0', { result: 'interrupted', bytes: 1432, blksize: 1432 })
        .sleeps(61_000),
    ],
    [
      'stopped-within-loader',
      client().asks('/lpxelinux.0', { result: 'interrupted', bytes: 50_000 }).sleeps(61_000),
    ],
    ['stopped-after-loader', client().asks('/lpxelinux.0', { blksize: 1432 }).sleeps(61_000)],
    ['no-menu', client().asks('/lpxelinux.0').asks('/ldlinux.c32').sleeps(61_000)],
    [
      'stopped-within-kernel',
      bios(client()).byHttp(`${FOLDER}/linux`, { result: 'interrupted' }).sleeps(61_000),
    ],
    [
      'stopped-within-initrd',
      bios(client())
        .byHttp(`${FOLDER}/linux`)
        .byHttp(`${FOLDER}/initrd.gz`, { result: 'interrupted' })
        .sleeps(61_000),
    ],
    ['no-initrd', bios(client()).byHttp(`${FOLDER}/linux`).sleeps(61_000)],
  ])('finds %s, with a cause and a fix', (rule, machine) => {
    expect(machine.boot).toMatchObject({ outcome: 'failed', diagnosis: { rule } });
    expect(bootSentence(machine.boot)).toMatch(/^\S.+[^.]\. [A-Z].+\.$/);
  });

  it.each<[string, Client]>([
    ['BIOS', bios(client())],
    ['UEFI', uefi(client())],
    ['HTTP Boot', uefi(client(), 'http')],
    ['iPXE', client().byHttp('/menu.ipxe').byHttp('/ipxe/i386.ipxe')],
    ['firmware that fetches its loader twice', client().asks('/lpxelinux.0').asks('/lpxelinux.0')],
  ])('finds no problem in a healthy boot at any step: %s', (_name, machine) => {
    image(
      machine.boot.stages.length === 1 && machine.boot.firmware === 'bios'
        ? bios(machine)
        : machine,
    );
    expect(machine.changes.filter(({ boot }) => boot.diagnosis !== undefined)).toEqual([]);
    expect(machine.boot.outcome).toBe('installer');
  });

  it('warns about an installer whose modules the archive no longer has', () => {
    const machine = bios(client());
    machine.byHttp(`${FOLDER}/linux`, { isStale: true }).byHttp(`${FOLDER}/initrd.gz`);
    expect(machine.boot).toMatchObject({
      outcome: 'installer',
      diagnosis: {
        rule: 'stale-image',
        evidence: [{ path: `${FOLDER}/linux`, transport: 'http' }],
      },
    });
    const fresh = image(bios(client()).byHttp(`${FOLDER}/linux`, { isStale: false }));
    expect(fresh.boot.diagnosis).toBeUndefined();
  });

  it('reports the requests that made a rule match, with their times', () => {
    const machine = client().misses('/favicon.ico').misses('/undionly.kpxe');
    expect(machine.boot.diagnosis?.evidence).toEqual([
      { at: machine.now, transport: 'tftp', path: '/undionly.kpxe', result: 'notFound' },
    ]);
    const stopped = client().asks('/lpxelinux.0', { result: 'interrupted', bytes: 50_000 });
    const at = stopped.now;
    expect(stopped.sleeps(61_000).boot.diagnosis?.evidence).toMatchObject([
      { at, path: '/lpxelinux.0', result: 'interrupted', bytes: 50_000 },
    ]);
  });

  it.each<[string, Client]>([
    [
      'a machine whose kernel was stopped and fetched again',
      image(bios(client()).byHttp(`${FOLDER}/linux`, { result: 'interrupted' })),
    ],
    [
      'three fetches of a loader',
      client().asks('/lpxelinux.0').asks('/lpxelinux.0').asks('/lpxelinux.0'),
    ],
    ['a MokManager that is requested before a menu', uefi(client()).misses('/mmx64.efi')],
    [
      'a wrong file requested by a machine that has its menu',
      bios(client()).misses('/undionly.kpxe'),
    ],
    [
      'UEFI that fetched its loader with its own block size, a moment ago',
      client().asks('/bootnetx64.efi', { blksize: 1468, windowsize: 4 }).sleeps(50_000),
    ],
  ])('stays silent about %s', (_name, machine) => {
    expect(machine.boot.diagnosis).toBeUndefined();
  });

  it('distinguishes a machine that booted before the images were ready from one with a wrong file', () => {
    const early = client().misses('/lpxelinux.0', { reason: NOT_READY.none });
    expect(early.boot.diagnosis?.rule).toBe('images-not-ready');
    image(bios(early));
    expect(early.boot).toMatchObject({ outcome: 'installer' });
    expect(early.boot.diagnosis).toBeUndefined();
    const http = client().misses('/bootnetx64.efi', {
      transport: 'http',
      result: 'refused',
      reason: NOT_READY.none,
    });
    expect(http.boot.diagnosis).toMatchObject({
      rule: 'images-not-ready',
      cause: 'the machine booted before there were any images',
    });
    http.misses('/bootnetx64.efi', { reason: `${NOT_READY.fetching}, 61%` });
    expect(http.boot.diagnosis?.cause).toBe(
      'the machine booted while the images were still being fetched',
    );
    http.misses('/bootnetx64.efi', {
      reason: `${NOT_READY.failed}; the next attempt starts in 9 s`,
    });
    expect(http.boot.diagnosis?.cause).toBe(
      'the machine booted while the images could not be fetched',
    );
  });

  it('reports an installer that was replaced while its menu was open', () => {
    const machine = bios(client());
    machine.now += 3 * 60 * 60 * 1000;
    machine.misses(`${FOLDER}/linux`, { transport: 'http' });
    expect(machine.boot.diagnosis).toMatchObject({ rule: 'replaced-image' });
    expect(machine.boot.diagnosis?.cause).toContain(FOLDER);
    image(bios(machine));
    expect(machine.boot.diagnosis).toBeUndefined();
  });

  it('interprets a request for MokManager after GRUB as the refusal of GRUB by shim', () => {
    const machine = client()
      .asks('/bootnetx64.efi', { blksize: 1468, windowsize: 4 })
      .asks('/grubx64.efi', { blksize: 512, windowsize: 4 })
      .misses('/mmx64.efi');
    expect(machine.boot.diagnosis?.rule).toBe('shim-refused-grub');
    expect(image(uefi(client()).misses('/mmx64.efi')).boot.diagnosis).toBeUndefined();
  });

  it('interprets a wrong file after a finished boot as the start of the next one', () => {
    const machine = image(bios(client())).misses('/undionly.kpxe');
    expect(machine.ids).toEqual([1, 2]);
    expect(machine.boot.diagnosis?.rule).toBe('ipxe-bios-loader');
  });

  it('forgets the wrong file once the right one has been fetched', () => {
    const machine = first('/undionly.kpxe');
    image(bios(machine));
    expect(machine.boot).toMatchObject({ outcome: 'installer' });
    expect(machine.boot.diagnosis).toBeUndefined();
  });
});

describe('steps of an installer', () => {
  const identity = { mac: '52:54:00:00:00:01' };
  const step = { address: '10.0.0.5', identity, at: 5000, item: 'netcfg' };

  function kernelOf(correlator: BootCorrelator, mac = identity.mac): void {
    correlator.see({
      at: 1000,
      durationMs: 0,
      transport: 'http',
      address: '10.0.0.5',
      path: '/debian/trixie/20250101/amd64/text/linux',
      result: 'delivered',
      identity: { mac },
    });
  }

  it('belong to the boot of the machine, are not repeated, and are limited in number', () => {
    const correlator = new BootCorrelator();
    kernelOf(correlator);
    correlator.addStep(step);
    correlator.addStep({ ...step, at: 6000 });
    correlator.addStep({ ...step, at: 7000, failed: true });
    expect(correlator.takeChanges().map(({ boot }) => boot.installer)).toEqual([
      [{ item: 'netcfg', at: 5000, failed: true }],
    ]);
    for (let number = 0; number < 100; number++) {
      correlator.addStep({ ...step, item: `item-${number}` });
    }
    expect(correlator.takeChanges()[0]?.boot.installer).toHaveLength(64);
  });

  it('begin no boot, and join none of another machine or before its kernel', () => {
    const correlator = new BootCorrelator();
    correlator.addStep(step);
    expect(correlator.takeChanges()).toEqual([]);
    kernelOf(correlator, '52:54:00:00:00:02');
    correlator.addStep(step);
    expect(correlator.takeChanges()).toEqual([]);
    correlator.addStep({ ...step, address: '10.0.0.6' });
    expect(correlator.takeChanges()).toEqual([]);
  });
});
