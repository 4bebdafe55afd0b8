import { describe, expect, it } from 'vitest';

import { type DaemonView, type Planes } from '../../daemon.js';
import { type ProxyDhcpView } from '../../dhcp/proxy-dhcp-link.js';
import { type BootChange } from '../../machines/boot-correlator.js';
import { type Boot } from '../../machines/boot.js';
import { type Finding } from '../../self-check/finding.js';
import { StateError, type StateFailure, stateFailure } from '../../state/failure.js';
import { type UnfinishedWork } from '../../unfinished-work.js';
import { followDaemon, type PanelFacts } from './panel-state.js';

const EVERYWHERE = {
  tftp: ['192.0.2.10:69', '127.0.0.1:69'],
  http: ['[::]:8069'],
  admin: ['127.0.0.1:9069'],
  syslog: [],
};

const FACTS: PanelFacts = {
  config: {
    images: [{ suite: 'trixie', arch: 'amd64', variants: ['text'] }],
    advertise: 'auto',
  },
  address: '192.0.2.10',
  env: {},
};

class View implements DaemonView {
  readonly fetch = { status: { state: 'idle' }, progress: undefined } as const;
  planes: Planes;
  links: readonly ProxyDhcpView[] = [];
  problems: readonly Finding[] = [];
  failure: StateFailure | undefined;
  work: UnfinishedWork = { transfers: 0, isFetching: false };
  #onChange: (change: BootChange) => void = () => undefined;

  constructor(planes: Planes = EVERYWHERE) {
    this.planes = planes;
  }

  addresses(): Planes {
    return this.planes;
  }

  proxyDhcp(): readonly ProxyDhcpView[] {
    return this.links;
  }

  findings(): readonly Finding[] {
    return this.problems;
  }

  stateFailure(): StateFailure | undefined {
    return this.failure;
  }

  unfinished(): UnfinishedWork {
    return this.work;
  }

  images(): readonly [] {
    return [];
  }

  followBoots(onChange: (change: BootChange) => void): void {
    this.#onChange = onChange;
  }

  see(boot: Partial<Boot> & Pick<Boot, 'id'>): void {
    const facts = { address: '192.0.2.77', startedAt: boot.id, lastSeenAt: Date.now() + 1000 };
    const rest = { stages: [], refused: [], machinesAtAddress: 1, proven: true } as const;
    this.#onChange({ type: 'updated', boot: { ...facts, ...rest, outcome: 'booting', ...boot } });
  }
}

describe('followDaemon', () => {
  it('shows addresses that other machines can reach', () => {
    const state = followDaemon(new View(), FACTS)(false);
    expect(state).toMatchObject({
      tftp: ['192.0.2.10:69'],
      http: ['192.0.2.10:8069'],
      admin: ['127.0.0.1:9069'],
      obstacle: undefined,
    });
  });

  it('follows changes to the addresses of this host, since a cable may be connected later', () => {
    const view = new View({ ...EVERYWHERE, tftp: ['127.0.0.1:69', '[::1]:69'] });
    const state = followDaemon(view, { ...FACTS, address: undefined });
    expect(state(false).obstacle).toContain('only on loopback');
    expect(state(false).dhcp[0]).toBe('next-server 127.0.0.1;');
    view.planes = { ...EVERYWHERE, tftp: ['127.0.0.1:69', '192.0.2.10:69'] };
    expect(state(false)).toMatchObject({ tftp: ['192.0.2.10:69'], obstacle: undefined });
    expect(state(false).dhcp[0]).toBe('next-server 192.0.2.10;');
    view.planes = { ...EVERYWHERE, tftp: [] };
    expect(state(true)).toMatchObject({ tftp: ['192.0.2.10:69'], obstacle: undefined });
  });

  it('shows that another daemon owns the data directory, but not failures that are warnings', () => {
    const view = new View();
    const env = { npm_lifecycle_event: 'npx', npm_lifecycle_script: 'pxeboot' };
    const state = followDaemon(view, { ...FACTS, env });
    expect(state(false).otherDaemon).toBeUndefined();
    view.failure = stateFailure(
      new StateError('other-daemon', 'another daemon holds /d/state.lock'),
    );
    expect(state(false).otherDaemon).toBe(
      'boots are kept only in memory, and "npx @pxe/server boots" does not show them: another daemon holds /d/state.lock; stop the other daemon, or give this one its own dataDir',
    );
    view.failure = stateFailure(new StateError('newer', 'written by a newer version'));
    expect(state(false).otherDaemon).toBeUndefined();
  });

  it('shows the problems with this host, except those that it shows in another way', () => {
    const view = new View();
    const env = { npm_lifecycle_event: 'npx', npm_lifecycle_script: 'pxeboot' };
    const state = followDaemon(view, { ...FACTS, env });
    expect(state(false).problems).toEqual([]);
    view.problems = (['own-ports', 'disk-full'] as const).map((rule) => ({
      rule,
      severity: 'warning',
      what: `${rule} has a problem`,
      why: 'It matters.',
      fix: 'Run "pxeboot images prune".',
      evidence: [],
    }));
    expect(state(false).problems).toEqual([
      'disk-full has a problem. Run "npx @pxe/server images prune".',
    ]);
  });

  it('shows which DHCP server gives addresses, and what is wrong, if ProxyDHCP is on', () => {
    const view = new View();
    const state = followDaemon(view, {
      ...FACTS,
      env: { npm_lifecycle_script: 'node tooling/workspace/start.js' },
    });
    expect(state(false).network).toEqual([]);

    const server = {
      ...{ address: '192.0.2.1', program: 'kea', givesAddresses: true, bootFiles: [] },
      advice: undefined,
    };
    const link = { interface: 'eth0', address: '192.0.2.10', ignoring: [] };
    view.links = [
      { ...link, servers: [] },
      {
        ...{ ...link, interface: 'eth1' },
        servers: [
          { ...server, program: 'kea' },
          { ...server, address: '192.0.2.2', program: undefined },
          { ...server, address: '192.0.2.7', program: undefined, givesAddresses: false },
        ],
        ignoring: [
          { mac: 'm', file: 'f', offeredAt: 0, advice: 'use the lines of "pxeboot dhcp kea"' },
        ],
      },
    ];
    expect(state(false).network).toEqual([
      'ProxyDHCP names the boot files on eth0; no DHCP server seen yet',
      'ProxyDHCP names the boot files on eth1; 192.0.2.1 (Kea) and 192.0.2.2 give the addresses',
      'another ProxyDHCP service answers on eth1: 192.0.2.7',
      'use the lines of "npm run -s pxeboot -- dhcp kea"',
    ]);
  });

  it('has the DHCP lines of this host, for the configured architectures', () => {
    const dhcp = (arch: 'amd64' | 'arm64'): readonly string[] =>
      followDaemon(new View(), {
        ...FACTS,
        config: { ...FACTS.config, images: [{ suite: 'trixie', arch, variants: ['text'] }] },
      })(false).dhcp;
    expect(dhcp('amd64')).toEqual([
      'next-server 192.0.2.10;',
      'filename "lpxelinux.0";    # UEFI: "bootnetx64.efi"',
    ]);
    expect(dhcp('arm64')).toEqual(['next-server 192.0.2.10;', 'filename "bootnetaa64.efi";']);
  });

  it('names commands that work where it was started', () => {
    const env = { npm_lifecycle_script: 'node tooling/workspace/start.js' };
    const view = new View();
    const state = followDaemon(view, { ...FACTS, env });
    const diagnosis = { rule: 'x', cause: 'c', fix: '"pxeboot dhcp" prints the configuration.' };
    view.see({ id: 1, outcome: 'failed', diagnosis });
    const { dhcpCommand, boots } = state(false);
    expect(dhcpCommand).toBe('npm run -s pxeboot -- dhcp');
    expect(boots[0]?.diagnosis?.fix).toBe('"npm run -s pxeboot -- dhcp" prints the configuration.');
  });

  it('shows what it is waiting for while stopping', () => {
    const view = new View();
    const state = followDaemon(view, FACTS);
    expect(state(false).stopping).toBeUndefined();
    expect(state(true).stopping).toBe('stopping');
    view.work = { transfers: 2, isFetching: true };
    expect(state(true).stopping).toBe(
      'stopping: waiting for 2 transfers, and for the fetch of images to end; press Ctrl-C again to stop immediately',
    );
  });

  it.each([
    [['192.0.2.10:6969'], /port 69 only, but this server listens on 6969/],
    [['127.0.0.1:69'], /only on loopback/],
  ])('shows the obstacle if TFTP answers only on %s', (tftp, obstacle) => {
    const state = followDaemon(new View({ ...EVERYWHERE, tftp }), FACTS)(false);
    expect(state.obstacle).toMatch(obstacle);
    expect(state.dhcp[0]).toBe(`next-server ${tftp[0]!.slice(0, tftp[0]!.lastIndexOf(':'))};`);
  });

  it('keeps the newest boots of this run, and prefers machines to forged requests', () => {
    const view = new View();
    const state = followDaemon(view, FACTS);
    view.see({ id: 1, lastSeenAt: 1 });
    view.see({ id: 2 });
    for (let id = 100; id < 300; id++) {
      view.see({ id, proven: false });
    }
    const ids = state(false).boots.map(({ id }) => id);
    expect(ids).toHaveLength(50);
    expect(ids[0]).toBe(2);
    expect(ids.at(-1)).toBe(299);
  });
});
