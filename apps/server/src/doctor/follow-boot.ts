import { bootFacts } from '@pxe/debian-netboot';
import { archFacts } from '@pxe/debian-netboot/catalog';

import { startPath } from '../access/install-path.js';
import { type Finding } from '../self-check/finding.js';
import { CLIENT_FACTS } from './client-facts.js';
import { type ClientKind } from './client-kind.js';
import { loadByHttp } from './http-findings.js';
import { loadByTftp } from './load-by-tftp.js';
import {
  grubFiles,
  ipxeFiles,
  type MenuClient,
  type MenuFiles,
  syslinuxFiles,
  syslinuxPlace,
} from './menu-files.js';
import {
  fromRoot,
  hostnameOf,
  hostOf,
  neighbourOf,
  obstacleAt,
  pathOf,
  type Place,
  placeText,
} from './place.js';
import { READ_LIMITS, ReadBudget, type ReadLimits } from './read-budget.js';
import { readLoader } from './read-loader.js';
import { type BootTarget } from './read-offers.js';
import { type ServerClock } from './server-clocks.js';
import { readByTftp } from './tftp-reads.js';

/** Result of {@link followBoot}. */
export interface Followed {
  readonly findings: readonly Finding[];
  /** Clocks of HTTP servers, with the time at which they were read. */
  readonly clocks: readonly ServerClock[];
}

/** Options of {@link followBoot}. */
export interface FollowOptions {
  readonly kind: ClientKind;
  /** Hardware address of the client, as in `52:54:00:12:34:56`. */
  readonly mac: string;
  /** Starts a step of the report. */
  readonly step: (title: string) => void;
  /** Adds a line to the step. */
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
  /** UDP port of TFTP servers. @default 69 */
  readonly tftpPort?: number;
  /** Limits on what is read. @default READ_LIMITS */
  readonly limits?: ReadLimits;
}

/** UUID of the client: all zeros, as in QEMU, which servers treat as missing. */
const NO_UUID = '00000000-0000-0000-0000-000000000000';

/** Maximum number of further files, and of menus that it loads, that are checked per menu. */
const MAX_FILES = 40;
/** Maximum nesting depth to which menus that load one another are followed. */
const MAX_MENUS = 4;
/** Number of bytes read from an initrd; the rest would not reveal anything more. */
const INITRD_BYTES = 2 * 1024 * 1024;
/** Number of bytes read from a kernel over TFTP, which is slow. */
const TFTP_KERNEL_BYTES = 1024 * 1024;
const HEAD_BYTES = 64 * 1024;
/** Maximum size of a menu in bytes. */
const MAX_MENU_BYTES = 1024 * 1024;

/** Loads what a client loads, one file after another, up to the kernel and the initrd. */
export async function followBoot(target: BootTarget, options: FollowOptions): Promise<Followed> {
  const follower = new BootFollower(options);
  await follower.follow(target);
  return { findings: follower.findings, clocks: follower.clocks };
}

class BootFollower {
  readonly findings: Finding[] = [];
  readonly clocks: ServerClock[] = [];
  readonly #options: FollowOptions;
  /** Hosts that do not answer, and are not asked again. */
  readonly #silent = new Set<string>();
  readonly #budget: ReadBudget;
  #isUsedUp = false;
  #server = '';

  constructor(options: FollowOptions) {
    this.#options = options;
    this.#budget = new ReadBudget(options.limits ?? READ_LIMITS);
  }

  async follow(target: BootTarget): Promise<void> {
    const { kind, step, say, signal, tftpPort: port = 69 } = this.#options;
    const at: Place =
      target.transport === 'http'
        ? target
        : { transport: 'tftp', server: target.server, file: target.file };
    this.#server = hostnameOf(at);
    step(`boot file over ${at.transport === 'http' ? 'HTTP' : 'TFTP'}`);
    let bytes: Buffer | undefined;
    const obstacle = obstacleAt(at);
    if (obstacle !== undefined) {
      this.#missingLoader(at, obstacle);
    } else if (at.transport === 'http') {
      bytes = await this.#httpBytes(at.url, Infinity);
    } else {
      const loaded = await loadByTftp(at.server, at.file, { say, signal, port });
      this.#report(at, ...loaded.findings);
      ({ bytes } = loaded);
    }
    if (bytes === undefined) {
      if (obstacle === undefined && at.transport === 'http' && !this.#isSilent(at)) {
        this.#missingLoader(at, 'does not exist');
      }
      return;
    }
    const name = placeText(at).slice(placeText(at).lastIndexOf('/') + 1);
    const loader = readLoader(kind, name, bytes);
    say(`= ${loader.text}`);
    this.findings.push(...loader.findings);
    if (loader.findings.some(({ severity }) => severity === 'error')) {
      return;
    }
    switch (loader.program) {
      case 'pxelinux':
        await this.#followPxelinux(at, target, bytes);
        break;
      case 'shim':
        await this.#followShim(at);
        break;
      case 'grub':
        await this.#followMenu(fromRoot(at, `${loader.grubFolder}/grub.cfg`), 'grub');
        break;
      case 'ipxe-script':
        step('iPXE menu');
        await this.#followText(bytes, at, 'ipxe', 1);
        break;
      case undefined:
        say(`= it is not known what ${name} loads next`);
    }
  }

  async #followPxelinux(at: Place, target: BootTarget, bytes: Buffer): Promise<void> {
    const { step, say } = this.#options;
    const given = target.transport === 'tftp' ? target : undefined;
    step('PXELINUX menu');
    const prefix: Place =
      given?.pathPrefix === undefined ? neighbourOf(at, '') : prefixOf(at, given.pathPrefix);
    const isOld = /PXELINUX [1-4]\./.test(bytes.toString('latin1'));
    const core = syslinuxPlace('ldlinux.c32', prefix);
    if (!isOld && core !== undefined && !(await this.#exists(core))) {
      if (this.#isSilent(core)) {
        return;
      }
      this.#report(core, {
        rule: 'missing-ldlinux',
        severity: 'error',
        what: `ldlinux.c32 is not in the folder of the boot file (${placeText(core)})`,
        why: 'PXELINUX stops with "Failed to load ldlinux.c32".',
        fix: 'Copy ldlinux.c32 from the same syslinux version there.',
        evidence: [],
      });
      return;
    }
    const config = syslinuxPlace(given?.configFile ?? 'pxelinux.cfg/default', prefix);
    const text = config && (await this.#textOf(config));
    if (config === undefined || text === undefined) {
      const place = config ?? prefix;
      if (!this.#isSilent(place)) {
        this.#missingMenu(place, 'PXELINUX stops with "Unable to locate configuration file".');
      }
      return;
    }
    const included = new Map<string, string>();
    for (let round = 0; round < MAX_MENUS; round += 1) {
      const missing = new Set<string>();
      const files = syslinuxFiles(text, prefix, (name) => {
        const known = included.get(name);
        if (known === undefined) {
          missing.add(name);
        }
        return known;
      });
      if (missing.size === 0) {
        await this.#checkFiles(files, 'bios');
        return;
      }
      for (const name of missing) {
        const place = syslinuxPlace(name, prefix);
        const content = place && (await this.#textOf(place));
        if (content === undefined) {
          this.#missingFiles([place ?? fromRoot(prefix, name)]);
        }
        included.set(name, content ?? '');
      }
    }
    say('= its menus are nested too deeply to be followed');
  }

  async #followShim(at: Place): Promise<void> {
    const { kind, step, say } = this.#options;
    const { grub } = archFacts(CLIENT_FACTS[kind].arch);
    step('GRUB');
    const place = neighbourOf(at, grub);
    const bytes = await this.#bytesOf(place, Infinity);
    if (bytes === undefined) {
      if (!this.#isSilent(place)) {
        this.#report(place, {
          rule: 'missing-grub',
          severity: 'error',
          what: `${grub} is not in the folder of the shim (${placeText(place)})`,
          why: 'Shim loads it, and stops with "start_image() returned Not Found".',
          fix: `Copy ${grub} from the same Debian release there.`,
          evidence: [],
        });
      }
      return;
    }
    const loader = readLoader(kind, grub, bytes);
    say(`= ${loader.text}`);
    const error = loader.findings.find(({ severity }) => severity === 'error');
    if (error !== undefined) {
      this.findings.push(error);
      return;
    }
    await this.#followMenu(fromRoot(at, `${loader.grubFolder}/grub.cfg`), 'grub');
  }

  async #followMenu(at: Place, language: 'grub' | 'ipxe', depth = 1): Promise<void> {
    if (depth === 1) {
      this.#options.step('GRUB menu');
    }
    const bytes = await this.#menuOf(at);
    if (bytes !== undefined) {
      await this.#followText(bytes, at, language, depth);
    } else if (!this.#isSilent(at)) {
      this.#missingMenu(at, 'GRUB stops at its prompt, "grub>".');
    }
  }

  async #followText(
    bytes: Buffer,
    at: Place,
    language: 'grub' | 'ipxe',
    depth: number,
  ): Promise<void> {
    const client = this.#client();
    const text = bytes.toString('utf8');
    const files =
      language === 'grub'
        ? grubFiles(text, at, client)
        : at.transport === 'http'
          ? ipxeFiles(text, at.url, client)
          : undefined;
    if (files === undefined) {
      this.#options.say('= a script loaded over TFTP is not followed');
      return;
    }
    await this.#checkFiles(files, 'efi');
    for (const menu of depth < MAX_MENUS ? files.menus.slice(0, MAX_FILES) : []) {
      const content = await this.#menuOf(menu);
      if (content === undefined) {
        // GRUB continues if a file that the menu includes does not exist.
        if (language === 'ipxe') {
          this.#missingFiles([menu]);
        }
      } else if (language === 'grub' || content.toString('latin1', 0, 6) === '#!ipxe') {
        await this.#followText(content, menu, language, depth + 1);
      }
    }
  }

  /** Reads the first kernel and initrd, and checks that the other files exist. */
  async #checkFiles(
    { kernels, initrds, others }: MenuFiles,
    firmware: 'bios' | 'efi',
  ): Promise<void> {
    const [kernel, ...otherKernels] = kernels.filter(isHarmless);
    const [initrd, ...otherInitrds] = initrds.filter(isHarmless);
    if (kernel === undefined && initrd === undefined && others.length === 0) {
      return;
    }
    this.#options.step('kernel, initrd and other files of the menu');
    const missing: Place[] = [];
    if (kernel !== undefined) {
      const atMost = kernel.transport === 'http' ? Infinity : TFTP_KERNEL_BYTES;
      const bytes = await this.#bytesOf(kernel, atMost);
      if (bytes === undefined) {
        missing.push(kernel);
      } else {
        this.#checkKernel(kernel, bytes, firmware);
      }
    }
    if (initrd !== undefined && (await this.#bytesOf(initrd, INITRD_BYTES)) === undefined) {
      missing.push(initrd);
    }
    for (const place of [...otherKernels, ...otherInitrds, ...others].slice(0, MAX_FILES)) {
      if (!(await this.#exists(place))) {
        missing.push(place);
      }
    }
    this.#missingFiles(missing);
  }

  #checkKernel(place: Place, bytes: Buffer, firmware: 'bios' | 'efi'): void {
    const { formats } = bootFacts(bytes.subarray(0, HEAD_BYTES), bytes.length, 'kernel');
    const { arch } = CLIENT_FACTS[this.#options.kind];
    const needed = firmware === 'bios' ? 'bios-kernel' : `efi-${arch}`;
    if (!formats.some((format) => format === needed)) {
      this.#report(place, {
        rule: 'not-a-kernel',
        severity: 'error',
        what: `${placeText(place)} is not a kernel for this machine`,
        why: 'The boot loader refuses it.',
        fix: 'Replace it with the "linux" file of the Debian installer for this architecture.',
        evidence: [`${bytes.length} bytes, ${formats.join(', ') || 'an unknown format'}`],
      });
    }
  }

  async #textOf(place: Place): Promise<string | undefined> {
    return (await this.#menuOf(place))?.toString('utf8');
  }

  async #menuOf(place: Place): Promise<Buffer | undefined> {
    const bytes = await this.#bytesOf(place, MAX_MENU_BYTES);
    this.#budget.takeMenu(bytes?.length ?? 0);
    return bytes;
  }

  /** Returns true if a file may be requested, and counts it. */
  #mayRead(place: Place): boolean {
    const { say, limits = READ_LIMITS } = this.#options;
    if (!this.#isUsedUp && this.#budget.isUsedUp) {
      this.#isUsedUp = true;
      say('= the menus name too many files; the others are not checked');
      this.#report(place, {
        rule: 'not-everything-checked',
        severity: 'warning',
        what: 'not all files that the menus name were checked',
        why: `Doctor requests at most ${limits.files} files, reads at most ${limits.menuBytes / 1024 ** 2} MiB of menus, and stops after ${limits.ms / 60_000} minutes; the other files may be missing.`,
        fix: 'Check the menus of this server: they seldom name more than a few dozen files.',
        evidence: [`the first file that was not requested is ${placeText(place)}`],
      });
    }
    if (this.#isSilent(place)) {
      return false;
    }
    const obstacle = obstacleAt(place);
    if (obstacle !== undefined) {
      say(`= ${placeText(place)} ${obstacle}`);
      return false;
    }
    this.#budget.takeFile();
    return true;
  }

  /** Returns the content of a file, up to a maximum size; undefined if it cannot be read. */
  async #bytesOf(place: Place, atMost: number): Promise<Buffer | undefined> {
    if (place.transport === 'http') {
      return this.#httpBytes(place.url, atMost);
    }
    if (!this.#mayRead(place)) {
      return undefined;
    }
    const { say, signal, tftpPort: port = 69 } = this.#options;
    say(`> RRQ ${place.file} to ${place.server}`);
    const settings = { port, blksize: 1468, windowsize: 1 };
    const result = await readByTftp(place.server, place.file, { ...settings, atMost }, signal);
    if (result.ok) {
      say(`< ${result.read.size ?? result.read.bytes.length} bytes`);
      return result.read.bytes;
    }
    say(`< ${result.error.message}`);
    if (result.error.code !== 'ERR_TFTP_REMOTE') {
      this.#silent.add(place.server);
      this.#report(place, {
        rule: 'tftp-stopped',
        severity: 'error',
        what: `TFTP on ${place.server} does not answer for ${place.file}`,
        why: 'The boot stops there.',
        fix: 'Correct the address in the menu, or start a TFTP server there.',
        evidence: [result.error.message],
      });
    }
    return undefined;
  }

  async #exists(place: Place): Promise<boolean> {
    return place.transport === 'http'
      ? (await this.#http(place.url, 0)).size !== undefined
      : (await this.#bytesOf(place, 1)) !== undefined;
  }

  async #httpBytes(url: string, atMost: number): Promise<Buffer | undefined> {
    return (await this.#http(url, atMost)).bytes;
  }

  async #http(
    url: string,
    atMost: number,
  ): Promise<{ readonly bytes: Buffer | undefined; readonly size: number | undefined }> {
    const { say, signal } = this.#options;
    const place: Place = { transport: 'http', url };
    if (!this.#mayRead(place)) {
      return { bytes: undefined, size: undefined };
    }
    const host = hostOf(place);
    const { bytes, size, date, finding } = await loadByHttp(url, atMost, say, signal);
    if (date !== undefined) {
      this.clocks.push({ host, date, readAt: new Date() });
    }
    // Missing files are reported together.
    if (finding !== undefined && finding.rule !== 'missing-file') {
      this.#report(place, finding);
      this.#silent.add(host);
    }
    return { bytes, size };
  }

  #client(): MenuClient {
    const { kind, mac } = this.#options;
    return {
      mac,
      uuid: NO_UUID,
      buildArch: CLIENT_FACTS[kind].arch === 'arm64' ? 'arm64' : 'x86_64',
      server: this.#server,
    };
  }

  /** Adds findings about the host of a place. */
  #report(place: Place, ...findings: readonly Finding[]): void {
    const host = hostnameOf(place);
    this.findings.push(...findings.map((finding) => ({ ...finding, host })));
  }

  /** Returns true if no more files of a host are requested, so that it is unknown which files it has. */
  #isSilent(place: Place): boolean {
    return this.#isUsedUp || this.#silent.has(hostOf(place));
  }

  #missingLoader(at: Place, predicate: string): void {
    this.#report(at, {
      rule: 'missing-loader',
      severity: 'error',
      what: `the boot file ${placeText(at)} ${predicate}`,
      why: 'Firmware gives up and tries the next boot device.',
      fix: 'Put the file there, or correct its name in DHCP; "pxeboot dhcp" prints the configuration.',
      evidence: [],
    });
  }

  #missingMenu(at: Place, why: string): void {
    this.#report(at, {
      rule: 'missing-menu',
      severity: 'error',
      what: `the boot server has no menu (${placeText(at)})`,
      why,
      fix: 'Create it there, or serve the boot files with pxeboot, which generates it.',
      evidence: [],
    });
  }

  #missingFiles(places: readonly Place[]): void {
    const missing = places.filter((place) => !this.#isSilent(place));
    const [first, ...rest] = missing;
    if (first === undefined) {
      return;
    }
    this.#report(first, {
      rule: 'missing-file',
      severity: 'error',
      what:
        rest.length === 0
          ? `the menu names ${placeText(first)}, which does not exist`
          : `the menu names ${missing.length} files that do not exist, such as ${placeText(first)}`,
      why: 'The entry that needs it does not start.',
      fix: 'Put the file there, or correct the menu.',
      evidence: missing.map(placeText),
    });
  }
}

/** Returns false for a kernel that starts an installation when it is requested. */
function isHarmless(place: Place): boolean {
  return startPath(pathOf(place)) === undefined;
}

function prefixOf(at: Place, prefix: string): Place {
  return syslinuxPlace(prefix, at.transport === 'http' ? at : { ...at, file: '' }) ?? at;
}
