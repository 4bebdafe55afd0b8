import { join } from 'node:path';

import { LabError } from '@pxe/lab-host';

import { PORTS } from '../daemon/daemon.js';
import { atMost } from '../figure/figure.js';
import { emptyStore } from '../store/lab-store.js';
import { type Attack, type AttackSite } from './attack.js';
import { longestWait } from './longest-wait.js';

const MIRROR_PORT = 8092;
/** Observation time in milliseconds. The daemon refreshes its empty store at startup. */
const WATCH_MS = { short: 6_000, full: 30_000 } as const;
/** Maximum time for the daemon to answer a request that it passes on to its mirror, in seconds. */
const REDIRECT_TIMEOUT_S = 20;

/** Responses that never end, with the figures that measure their effect. */
const ENDLESS = [
  {
    kind: 'interim',
    stall: atMost(
      'longest wait for a response while a mirror sends endless interim responses',
      1_000,
      'milliseconds',
    ),
    memory: atMost('memory: endless interim responses from a mirror, peak', 300e6, 'megabytes'),
  },
  {
    kind: 'chunks',
    stall: atMost(
      'longest wait for a response while a mirror sends chunks of one byte',
      1_000,
      'milliseconds',
    ),
    memory: atMost('memory: chunks of one byte from a mirror, peak', 300e6, 'megabytes'),
  },
] as const;

const exposed = atMost(
  "files of the server's loopback sent to boot clients through http.mirror",
  0,
  'count',
);

/**
 * A mirror, or anyone between it and the daemon, that keeps the daemon busy before anything is verified, or that
 * redirects it to a service on its own host.
 */
export const hostileMirror: Attack = {
  name: 'hostile-mirror',
  summary: 'blocked time and memory under endless answers, and redirects to loopback',
  async run(site) {
    const measurements = [];
    for (const { kind, stall, memory } of ENDLESS) {
      const { waitMs, peakBytes, ended } = await endure(site, kind);
      site.tell(
        `${kind}: ${Math.round(peakBytes / 1e6)} MB, longest wait ${Math.round(waitMs)} ms`,
      );
      measurements.push(
        { figure: stall, value: ended === undefined ? waitMs : NaN, note: ended },
        { figure: memory, value: peakBytes, note: ended },
      );
    }
    return [...measurements, { figure: exposed, value: await exposedFiles(site) }];
  },
};

async function endure(
  site: AttackSite,
  kind: 'interim' | 'chunks',
): Promise<{ waitMs: number; peakBytes: number; ended: string | undefined }> {
  const { network, store, directory, profile } = site;
  await using mirror = await startMirror(site, '127.0.0.1', kind);
  await using daemon = await site.start({
    store: emptyStore(store, join(directory, `${kind}.store`)),
    mirrorUrl: await mirror.line(/:\/\//, 20_000),
    directory: join(directory, kind),
  });
  const waitMs = await longestWait({ network }, daemon, WATCH_MS[profile]);
  return { waitMs, peakBytes: daemon.watch.peakBytes, ended: daemon.ended() };
}

/**
 * Returns 1 if a hostile mirror can redirect a boot client's request to a service on the server's loopback (here the
 * lab's own mirror), otherwise 0.
 */
async function exposedFiles(site: AttackSite): Promise<number> {
  const { network, store, directory } = site;
  const secret = `${store.mirrorUrl}/dists/trixie/InRelease`;
  const content = await network.server.output('curl', ['--silent', '--fail', secret]);
  await using mirror = await startMirror(site, network.serverAddress, 'redirect', secret);
  await using _daemon = await site.start({
    mirrorUrl: await mirror.line(/:\/\//, 20_000),
    directory: join(directory, 'redirect'),
    configuration: { http: { mirror: true } },
  });
  const { stdout } = await network.client.run('curl', [
    ...['--silent', '--max-time', String(REDIRECT_TIMEOUT_S), '--write-out', '\\n%{http_code}'],
    `http://${network.serverAddress}:${PORTS.http}/mirror/http/dists/trixie/InRelease`,
  ]);
  if (stdout.startsWith(content.trim())) {
    return 1;
  }
  // Any other response would mean that the daemon did not ask its mirror.
  if (!stdout.endsWith('\n502')) {
    throw new LabError('ERR_LAB_PROGRAM', `expected 502 or the file, got ${stdout.slice(-200)}`);
  }
  return 0;
}

function startMirror({ network }: Pick<AttackSite, 'network'>, host: string, ...kind: string[]) {
  return network.server.start(process.execPath, [
    join(import.meta.dirname, 'endless-mirror.js'),
    ...[host, String(MIRROR_PORT), ...kind],
  ]);
}
