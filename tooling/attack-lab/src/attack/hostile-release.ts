import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { runCommand } from '@pxe/lab-host';

import { repeatSignatures } from '../attacker/repeated-signatures.js';
import { atMost } from '../figure/figure.js';
import { emptyStore } from '../store/lab-store.js';
import { type Attack, type AttackSite } from './attack.js';
import { longestWait } from './longest-wait.js';

const figures = {
  memory: atMost('memory: hostile InRelease, peak', 300e6, 'megabytes'),
  stall: atMost(
    'longest wait for a response while a hostile InRelease is checked',
    1_000,
    'milliseconds',
  ),
};

const MIRROR_PORT = 8091;
/** Observation time in milliseconds. The daemon refreshes its empty store at startup. */
const WATCH_MS = { short: 6_000, full: 30_000 } as const;

/**
 * A mirror, or anyone in between, that delivers an InRelease that is expensive to verify. Its
 * signatures are made by gpg with a key that the daemon trusts.
 */
export const hostileRelease: Attack = {
  name: 'hostile-release',
  summary: 'memory use and blocked time while a hostile InRelease is verified',
  async run(site) {
    const variants = await hostileReleases(site);
    let peakBytes = 0;
    let peakNote = '';
    let stallMs = 0;
    for (const { name, file, keyring } of variants) {
      const { peak, waitMs, note } = await checkRelease(site, file, keyring);
      site.tell(
        `${name}: ${Math.round(peak / 1e6)} MB, longest wait ${Math.round(waitMs)} ms${note}`,
      );
      if (peak > peakBytes) {
        peakBytes = peak;
        peakNote = `${name}${note}`;
      }
      stallMs = Math.max(stallMs, waitMs);
    }
    return [
      { figure: figures.memory, value: peakBytes, note: peakNote },
      { figure: figures.stall, value: stallMs },
    ];
  },
};

interface HostileRelease {
  readonly name: string;
  readonly file: string;
  readonly keyring: string;
}

async function hostileReleases(site: AttackSite): Promise<HostileRelease[]> {
  const home = join(site.directory, 'gnupg');
  await mkdir(home, { mode: 0o700 });
  const gpg = (...args: string[]): Promise<string> =>
    runCommand('gpg', ['--homedir', home, '--batch', '--quiet', ...args]);
  await gpg('--passphrase', '', '--quick-generate-key', 'Attack lab', 'rsa4096', 'sign', 'never');
  const keyring = join(site.directory, 'hostile.asc');
  await writeFile(keyring, await gpg('--armor', '--export'));
  /** Returns a Release that lists this number of files, signed by gpg. */
  const sign = async (files: number): Promise<string> => {
    const text = join(site.directory, `Release-${files}`);
    await writeFile(text, releaseOf(files));
    return gpg('--clearsign', '--digest-algo', 'SHA512', '--output', '-', text);
  };
  // Debian's own InRelease is about 250 kB.
  const usual = await sign(2_500);
  const large = await sign(40_000);
  await runCommand('gpgconf', ['--homedir', home, '--kill', 'gpg-agent']);

  const write = async (name: string, content: string): Promise<HostileRelease> => {
    const file = join(site.directory, `${name.replace(/\W+/g, '-')}.InRelease`);
    await writeFile(file, content);
    return { name, file, keyring };
  };
  const some = [
    await write('3,000 signatures', repeatSignatures(usual, 3_000)),
    await write('15 MB of newlines', usual.replace('\nOrigin', `\n${'\n'.repeat(15e6)}Origin`)),
  ];
  if (site.profile === 'short') {
    return some;
  }
  return [
    ...some,
    await write('6,000 signatures in 9 MB', repeatSignatures(large, 6_000)),
    await write('900 signatures in 1 MB', repeatSignatures(usual, 900)),
    await write('one line of 15 MB', usual.replace('\nOrigin', `\n${'a'.repeat(15e6)}\nOrigin`)),
  ];
}

/** Returns the text of a Release that lists this number of files. */
function releaseOf(files: number): string {
  const lines = Array.from(
    { length: files },
    (_, index) =>
      ` ${String(index).padStart(64, '0')} ${String(index).padStart(8)} main/binary-amd64/file-${index}`,
  );
  const date = new Date().toUTCString().replace('GMT', 'UTC');
  const head = ['Origin: Debian', 'Suite: stable', 'Codename: trixie', `Date: ${date}`, 'SHA256:'];
  return `${[...head, ...lines].join('\n')}\n`;
}

async function checkRelease(
  site: AttackSite,
  file: string,
  keyring: string,
): Promise<{ peak: number; waitMs: number; note: string }> {
  const { network, store, directory, profile } = site;
  await using mirror = await network.server.start(process.execPath, [
    join(import.meta.dirname, 'hostile-mirror.js'),
    ...[String(MIRROR_PORT), 'dists/trixie/InRelease', file],
  ]);
  const mirrorUrl = await mirror.line(/:\/\//, 20_000);
  const target = emptyStore({ ...store, keyring, images: ['trixie:amd64:text'] }, `${file}.store`);
  await using daemon = await site.start({
    store: target,
    mirrorUrl,
    directory: join(directory, 'daemon'),
  });
  const waitMs = await longestWait(site, daemon, WATCH_MS[profile]);
  const note = daemon.watch.limitExceeded
    ? ', and growing: ended by the lab'
    : daemon.ended() === undefined
      ? ''
      : `, ${daemon.ended()}`;
  return { peak: daemon.watch.peakBytes, waitMs, note };
}
