import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

import * as z from 'zod';

/** Router advertisement (RFC 4861 §4.2). */
export interface Router {
  /** Link-local address of the router. */
  readonly address: string;
  /** M flag: addresses are available over DHCPv6. */
  readonly isManaged: boolean;
  /** O flag: other settings are available over DHCPv6. */
  readonly hasOther: boolean;
  /** Time for which it may be used as a default router, in seconds; 0 if it must not be used as one. */
  readonly lifetimeS: number;
  /** Prefixes of the link, as in `2001:db8::/64`. */
  readonly prefixes: readonly string[];
}

/** Routers on a link, as far as they are known. */
export type Routers =
  | { readonly source: 'advertisements'; readonly routers: readonly Router[] }
  | {
      /** The kernel remembers default routers, but not the flags of their advertisements. */
      readonly source: 'kernel';
      /** Default routers; undefined if the kernel does not learn them on this interface. */
      readonly addresses: readonly string[] | undefined;
      /** Reason why advertisements could not be read. */
      readonly reason: string;
    };

/** Time for routers to answer, in milliseconds: they wait for up to half a second (RFC 4861 §6.2.6). */
const WAIT_MS = 2_000;

/** Time limit for the whole program, in milliseconds. */
const LIMIT_MS = 10_000;

/** Flag of a route that was learned from a router advertisement (`RTF_ADDRCONF`). */
const FROM_ADVERTISEMENT = 0x4_00_00;

const run = promisify(execFile);

const failedRun = z.object({
  code: z.union([z.number(), z.string()]),
  stdout: z.string(),
  stderr: z.string(),
});

/**
 * Reads the router advertisements of a link. Node has no ICMPv6 sockets, so this runs `rdisc6` of the package ndisc6;
 * without it, only the default routers in the kernel's table are known.
 *
 * @param program - name or path of `rdisc6`
 */
export async function readRouters(
  device: string,
  signal: AbortSignal,
  program = 'rdisc6',
): Promise<Routers> {
  try {
    const args = ['--retry', '2', '--wait', String(WAIT_MS), device];
    const { stdout } = await run(program, args, {
      signal,
      timeout: LIMIT_MS,
      env: { ...process.env, LC_ALL: 'C' },
    });
    return { source: 'advertisements', routers: parseAdvertisements(stdout) };
  } catch (error) {
    signal.throwIfAborted();
    const failed = failedRun.safeParse(error);
    // Exit code 2: no router has answered.
    if (failed.success && failed.data.code === 2 && failed.data.stderr === '') {
      return { source: 'advertisements', routers: [] };
    }
    const isMissing = failed.success && failed.data.code === 'ENOENT';
    const table = await readFile('/proc/net/ipv6_route', 'latin1').catch(() => '');
    return {
      source: 'kernel',
      addresses: (await learnsRouters(device)) ? defaultRouters(table, device) : undefined,
      reason: isMissing
        ? 'install rdisc6 (package ndisc6)'
        : `rdisc6 failed: ${failed.success ? failed.data.stderr.trim() || String(failed.data.code) : String(error)}`,
    };
  }
}

/**
 * Returns true if the kernel learns default routers from advertisements: on hosts that forward packets, only
 * with `accept_ra` 2.
 */
async function learnsRouters(device: string): Promise<boolean> {
  const [accept, learns, forwarding] = await Promise.all(
    ['accept_ra', 'accept_ra_defrtr', 'forwarding'].map(async (name) => {
      const file = `/proc/sys/net/ipv6/conf/${device}/${name}`;
      return Number(await readFile(file, 'latin1').catch(() => '0'));
    }),
  );
  return learns === 1 && (accept === 2 || (accept === 1 && forwarding === 0));
}

/** Parses the output of `rdisc6`: one block for each router, which ends with the router's address. */
export function parseAdvertisements(output: string): readonly Router[] {
  const routers: Router[] = [];
  let fields = new Map<string, string>();
  let prefixes: string[] = [];
  for (const line of output.split('\n')) {
    const [, address] = /^ from (\S+)/.exec(line) ?? [];
    if (address !== undefined) {
      routers.push({
        address: address.replace(/%.*/, ''),
        isManaged: fields.get('Stateful address conf.') === 'Yes',
        hasOther: fields.get('Stateful other conf.') === 'Yes',
        lifetimeS: Number.parseInt(fields.get('Router lifetime') ?? '0', 10),
        prefixes,
      });
      fields = new Map();
      prefixes = [];
      continue;
    }
    const colon = line.indexOf(':');
    const name = line.slice(0, Math.max(colon, 0)).trim();
    const value = line.slice(colon + 1).trim();
    if (name === 'Prefix') {
      prefixes.push(value);
    } else {
      fields.set(name, value);
    }
  }
  return routers;
}

/** Returns the default routers of an interface in `/proc/net/ipv6_route` that were learned from advertisements. */
export function defaultRouters(table: string, device: string): readonly string[] {
  return table.split('\n').flatMap((row) => {
    const [destination, length, , , router = '', , , , flags = '', name] = row.trim().split(/\s+/);
    const isDefault = destination === '0'.repeat(32) && length === '00' && name === device;
    return isDefault && (Number.parseInt(flags, 16) & FROM_ADVERTISEMENT) !== 0
      ? [addressText(Buffer.from(router, 'hex'))]
      : [];
  });
}

/** Formats the 16 bytes of an IPv6 address. */
export function addressText(bytes: Uint8Array): string {
  const groups = Buffer.from(bytes)
    .toString('hex')
    .replace(/....(?=.)/g, '$&:');
  return new URL(`http://[${groups}]/`).hostname.slice(1, -1);
}
