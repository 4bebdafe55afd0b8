import { BlockList, isIP } from 'node:net';

import ms, { type StringValue } from 'ms';
import * as z from 'zod';

import { type ImageSelection, parseFirmware } from '@pxe/debian-netboot/catalog';

import { entries } from './entries.js';
import { hooks } from './hooks.js';
import { hosts, unknown } from './hosts.js';
import { parseImageItem, withHint } from './image-list.js';
import { type ListenAddress, parseListenAddress } from './listen-address.js';
import { profiles } from './profile-settings.js';
import { filePath, menuText, printableLine, subnet } from './text.js';

/** Default port of each plane. */
export const DEFAULT_PORTS = { tftp: 69, http: 8069, admin: 9069, syslog: 5514 } as const;

function listenList(
  defaultPort: number,
  accepted: readonly string[],
): z.ZodType<ListenAddress[], string[]> {
  return z
    .array(
      z.string().transform((text, context): ListenAddress => {
        const address = parseListenAddress(text, defaultPort);
        if (address !== undefined && !refusesKeyword(address.address, accepted)) {
          return address;
        }
        context.addIssue({
          code: 'custom',
          message: `expected an address such as ${accepted.join(', ')}, with an optional :port`,
        });
        return z.NEVER;
      }),
    )
    .min(1)
    .refine((addresses) => addresses.length === 1 || addresses.every(isOneAddress), {
      message: 'auto and * mean every address; remove the others',
    });
}

function isOneAddress({ address }: ListenAddress): boolean {
  return isIP(address) !== 0;
}

function isPortRange(text: string): boolean {
  const [, from, to] = /^(\d{1,5})-(\d{1,5})$/.exec(text) ?? [];
  return Number(from) >= 1 && Number(from) <= Number(to) && Number(to) <= 65_535;
}

function refusesKeyword(address: string, accepted: readonly string[]): boolean {
  return (address === 'auto' || address === '*') && !accepted.includes(address);
}

const MINUTE_MS = 60_000;
/** Maximum duration in milliseconds, 24 days: the limit of Node.js timers is slightly higher. */
const LONGEST_MS = 24 * 24 * 60 * MINUTE_MS;

/**
 * Returns the schema of a duration between two bounds: a number of seconds, or text with a unit.
 *
 * @param shortest - minimum, in milliseconds
 * @param longest - maximum, in milliseconds
 * @param unitMs - unit of the result, in milliseconds
 */
function duration(
  shortest: number,
  longest = LONGEST_MS,
  unitMs = 1,
): z.ZodType<number, string | number> {
  const from = shortest === 0 ? '0s' : ms(shortest);
  const message = `expected a duration such as 30s, 5 min or 2h, from ${from} to ${ms(longest)}`;
  return z
    .union([z.string(), z.number()], { error: message })
    .transform((value, context): number => {
      const milliseconds = millisecondsOf(value);
      if (milliseconds >= shortest && milliseconds <= longest) {
        return Math.round(milliseconds / unitMs);
      }
      context.addIssue({ code: 'custom', message });
      return z.NEVER;
    });
}

/** Returns the milliseconds of a duration; NaN if the value is not one. */
function millisecondsOf(value: string | number): number {
  const text = String(value).trim();
  if (/^\d+(?:\.\d+)?$/.test(text)) {
    return Number(text) * 1000;
  }
  return /^\d+(?:\.\d+)?\s*[a-z]+$/i.test(text) ? ms(text as StringValue) : NaN;
}

const imageObject = z.strictObject({
  suite: z.string(),
  arch: z.array(z.string()).optional(),
  variants: z.array(z.string()).optional(),
  build: z.string().optional(),
  trust: z.enum(['signed', 'tls']).optional(),
});

const image = z
  .union([z.string(), imageObject], {
    error: 'expected a suite such as trixie, or the keys suite, arch, variants, build and trust',
  })
  .transform((item, context): readonly ImageSelection[] => {
    const selections = parseImageItem(item);
    if (selections.ok) {
      return selections.value;
    }
    context.addIssue({ code: 'custom', message: withHint(selections.error) });
    return z.NEVER;
  });

const firmwareSetting = z
  .union([z.boolean(), z.array(z.string())], {
    error: 'expected true, false, or a list of packages such as firmware-realtek',
  })
  .transform((setting, context): readonly string[] => {
    // Environment variables and flags contain only lists.
    const [word, ...others] = setting === true || setting === false ? [] : setting;
    const isWord = others.length === 0 && (word === 'true' || word === 'false');
    const packages = parseFirmware(isWord ? word === 'true' : setting);
    if (packages.ok) {
      return packages.value;
    }
    context.addIssue({ code: 'custom', message: withHint(packages.error) });
    return z.NEVER;
  });

const httpBaseUrl = z.string().transform((text, context): string => {
  if (text === 'auto') {
    return text;
  }
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isPlain = url?.protocol === 'http:' && url.pathname === '/' && url.search === '';
  // The host becomes part of menus and DHCP configurations, where other characters could end a string.
  const hasPlainHost = /^(?:[\w.-]+|\[[\da-f:.]+\])$/.test(url?.hostname ?? '');
  if (url !== undefined && isPlain && hasPlainHost && url.username === '') {
    return url.origin;
  }
  context.addIssue({
    code: 'custom',
    message: 'expected auto or a base URL such as http://192.0.2.10:8069',
  });
  return z.NEVER;
});

const mirrorUrl = z
  .string()
  .refine((text) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol), {
    message: 'expected the URL of a mirror such as http://ftp.debian.org/debian',
  })
  .refine((text) => !/\p{Cc}/u.test(text), {
    message: 'expected a URL without control characters',
  });

const webUrl = z
  .string()
  .refine((text) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol), {
    message: 'expected a URL such as https://grafana.example.org/d/pxeboot',
  });

const databaseUrl = z.string().refine(isDatabaseUrl, {
  message:
    'expected the URL of a PostgreSQL database such as postgres://pxeboot:PASSWORD@db.example:5432/pxeboot',
});

function isDatabaseUrl(text: string): boolean {
  if (!URL.canParse(text)) {
    return false;
  }
  const { protocol, searchParams } = new URL(text);
  // Passwords in query parameters would not be hidden in logs.
  return /^postgres(?:ql)?:$/.test(protocol) && !searchParams.has('password');
}

const httpsUrl = z.string().refine(isHttpsUrl, {
  message: 'expected an https URL: only the server certificate authenticates daily builds',
});

function isHttpsUrl(text: string): boolean {
  if (!URL.canParse(text) || /\p{Cc}/u.test(text)) {
    return false;
  }
  const { protocol, username, search, hash } = new URL(text);
  return protocol === 'https:' && username + search + hash === '';
}

const tftpQuirk = z.strictObject({
  match: subnet.describe('address or subnet of the clients'),
  maxBlockSize: z
    .number()
    .int()
    .min(8)
    .max(65_464)
    .optional()
    .describe('maximum block size granted, in bytes'),
  refuse: z
    .array(
      z.enum(['blksize', 'blksize2', 'windowsize', 'tsize', 'timeout', 'utimeout', 'rollover']),
    )
    .min(1)
    .optional()
    .describe('options to ignore'),
});

/** Minimum length of a token, in characters. */
export const MIN_TOKEN_LENGTH = 16;

const adminToken = z
  .string()
  .min(MIN_TOKEN_LENGTH, `expected at least ${MIN_TOKEN_LENGTH} characters`)
  .regex(/^[\x21-\x7e]+$/, 'expected printable ASCII without spaces')
  .optional();

const onOrOff = [
  z.enum(['on', 'off']),
  // YAML 1.1, which Helm uses, reads `on` and `off` as booleans.
  z.boolean().transform((isOn) => (isOn ? ('on' as const) : ('off' as const))),
] as const;

/**
 * Schema of `pxeboot.yaml`. Every key is optional. Each is also an environment variable and a flag, except
 * structures such as `tftp.quirks` (see {@link configKeys}).
 */
export const configSchema = z.strictObject({
  dataDir: filePath
    .prefault('/var/lib/pxeboot')
    .describe(
      'directory of the image store and of the database; a read-only store is served, but not refreshed',
    ),
  advertise: httpBaseUrl
    .default('auto')
    .describe(
      'base URL of boot HTTP as machines reach it; auto: the address that a machine sent its request to',
    ),
  images: z
    .array(image)
    .min(1)
    .transform((items) => items.flat())
    .prefault(['trixie', 'bookworm'])
    .describe('installers to offer: SUITE, or SUITE:ARCH+ARCH:VARIANT+VARIANT'),
  firmware: firmwareSetting
    .prefault(false)
    .describe(
      "Debian's non-free firmware for the installers: true for all network cards, or a list of packages and the words wired and wireless; it adds to the size of each boot",
    ),
  source: z
    .strictObject({
      kind: z
        .enum(['auto', 'mirror', 'apt', 'directory'])
        .default('auto')
        .describe('source of the images; auto: the mirror, or apt if the mirror is unreachable'),
      url: z
        .array(mirrorUrl)
        .min(1)
        .optional()
        .describe(
          "Debian mirrors, the preferred one first; unset: http://ftp.debian.org/debian, or the host's mirrors for kind apt",
        ),
      dailyUrl: httpsUrl
        .default('https://d-i.debian.org/daily-images')
        .describe('source of images with trust tls: daily builds, which are not signed'),
      path: filePath
        .optional()
        .describe('with kind directory: a mirror tree, a bundle or a netboot.tar.gz'),
      keyring: filePath
        .optional()
        .describe("file with the OpenPGP keys to trust; unset: Debian's archive keys"),
      keyringMode: z
        .enum(['replace', 'add'])
        .default('replace')
        .describe(
          "replace: trust only the keys in the keyring; add: trust Debian's archive keys as well",
        ),
      ca: filePath
        .optional()
        .describe(
          'PEM file with the CA of a private https mirror or of a proxy that intercepts TLS',
        ),
      trust: z
        .enum(['signed', 'none'])
        .default('signed')
        .describe('none: serve unsigned images, from a directory without InRelease'),
      dangerouslyAcceptExpiredRelease: z
        .boolean()
        .default(false)
        .describe('accept an InRelease after its Valid-Until; a mirror can then withhold updates'),
    })
    .refine(({ kind, path }) => kind !== 'directory' || path !== undefined, {
      message: 'kind directory needs source.path',
      path: ['path'],
    })
    .refine(({ keyringMode, keyring }) => keyringMode !== 'add' || keyring !== undefined, {
      message: 'keyringMode add needs source.keyring',
      path: ['keyringMode'],
    })
    .refine(({ ca, kind }) => ca === undefined || kind === 'auto' || kind === 'mirror', {
      message: 'a CA applies only to mirrors: use kind auto or mirror',
      path: ['ca'],
    })
    .refine(({ kind, url }) => kind !== 'apt' || url === undefined || url.length === 1, {
      message: 'kind apt takes only one URL',
      path: ['url'],
    })
    .prefault({}),
  refresh: z
    .strictObject({
      interval: duration(MINUTE_MS, LONGEST_MS / 2)
        .prefault('6h')
        .describe('interval between checks for newer images'),
      jitter: duration(0, LONGEST_MS / 2)
        .prefault('30m')
        .describe('maximum random delay added to the interval'),
      settle: duration(0, 60 * MINUTE_MS)
        .prefault('0s')
        .describe(
          'time for which new images are served before menus offer them, so that all replicas that share a store have them by then',
        ),
    })
    .prefault({}),
  tftp: z
    .strictObject({
      listen: listenList(DEFAULT_PORTS.tftp, ['auto', '192.0.2.1', '[2001:db8::1]'])
        .prefault(['auto'])
        .describe('addresses to serve TFTP on; auto: every local address'),
      singlePort: z
        .boolean()
        .default(true)
        .describe(
          'answer from the TFTP port itself, which works through NAT and firewalls; transfers with a window use other ports where those get through',
        ),
      portRange: z
        .string()
        .refine(isPortRange, 'expected two ports, the lower first, such as 30000-30999')
        .optional()
        .describe(
          'ports for transfers with a window, and for all transfers if singlePort is false',
        ),
      maxBlockSize: z
        .number()
        .int()
        .min(512)
        .max(65_464)
        .optional()
        .describe('maximum block size granted, in bytes; unset: the largest that fits the MTU'),
      maxWindowSize: z
        .number()
        .int()
        .min(1)
        .max(65_535)
        .default(64)
        .describe(
          'maximum window size granted, in blocks; a larger window uses more memory per transfer',
        ),
      nativeSockets: z
        .boolean()
        .default(true)
        .describe(
          'send and receive many datagrams per system call, with native code for Linux on x64 and arm64; false: one at a time, as on all other platforms',
        ),
      repolls: z
        .number()
        .int()
        .min(0)
        .max(1_000)
        .default(20)
        .describe(
          'with native sockets, maximum number of polls for another datagram before sleeping; speeds up a single client, and each poll costs up to half a microsecond of processor time; 0: none',
        ),
      stall: duration(5_000, 60 * MINUTE_MS)
        .prefault('2m')
        .describe('time without progress after which a transfer is ended'),
      quirks: z
        .array(tftpQuirk)
        .min(1)
        .optional()
        .describe(
          'maximum block sizes and options to ignore for individual clients or subnets; the first match applies',
        ),
    })
    .prefault({}),
  http: z
    .strictObject({
      listen: listenList(DEFAULT_PORTS.http, ['*', '192.0.2.1', '[2001:db8::1]'])
        .prefault(['*'])
        .describe('addresses on which boot files are served over HTTP'),
      mirror: z
        .boolean()
        .default(false)
        .describe(
          'pass on files from the mirrors in source.url below /mirror/http, to install machines that cannot reach a mirror themselves',
        ),
    })
    .prefault({}),
  admin: z
    .strictObject({
      listen: listenList(DEFAULT_PORTS.admin, ['127.0.0.1', '*'])
        .prefault(['127.0.0.1'])
        .describe('addresses for health checks and the admin interface'),
      addressFile: filePath
        .optional()
        .describe(
          'file into which the daemon writes the first address of admin.listen and its port, for health checks',
        ),
      token: adminToken.describe(
        "bearer token of the admin interface, for reads and changes; without any token, other hosts get only health checks, metrics and the dashboard's static files",
      ),
      tokenFile: filePath
        .optional()
        .describe('file with the token, instead of admin.token; read again when it changes'),
      readToken: adminToken.describe('bearer token that can read, but not change anything'),
      readTokenFile: filePath
        .optional()
        .describe(
          'file with the read token, instead of admin.readToken; read again when it changes',
        ),
      hosts: z
        .array(z.string().regex(/^[a-z\d](?:[a-z\d.-]*[a-z\d])?$/i, 'expected a host name'))
        .min(1)
        .optional()
        .describe(
          "names in the URLs of the admin interface, in addition to addresses, localhost and this host's name",
        ),
      grafanaUrl: webUrl
        .optional()
        .describe('address of a Grafana dashboard that the Metrics page links to'),
    })
    .refine(({ token, tokenFile }) => token === undefined || tokenFile === undefined, {
      message: 'token and tokenFile are both set; keep one',
      path: ['tokenFile'],
    })
    .refine(({ readToken, readTokenFile }) => !readToken || !readTokenFile, {
      message: 'readToken and readTokenFile are both set; keep one',
      path: ['readTokenFile'],
    })
    .refine(({ token, readToken }) => token === undefined || token !== readToken, {
      message: 'readToken must differ from token, which also allows changes',
      path: ['readToken'],
    })
    .prefault({}),
  syslog: z
    .union(
      [
        ...onOrOff,
        z.strictObject({
          listen: listenList(DEFAULT_PORTS.syslog, ['auto', '192.0.2.1', '[2001:db8::1]'])
            .prefault(['auto'])
            .describe(
              "addresses on which installers' logs are received, over UDP; auto: every address",
            ),
        }),
      ],
      { error: 'expected on, off, or the key listen' },
    )
    .prefault('on')
    .describe('off: do not receive the logs of unattended installations'),
  proxyDhcp: z
    .strictObject({
      enabled: z
        .boolean()
        .default(false)
        .describe(
          'send boot file names to machines whose DHCP server does not, as a ProxyDHCP service on UDP ports 67 and 4011',
        ),
      interfaces: z
        .array(z.string().regex(/^[^\s/]{1,15}$/, 'expected the name of an interface such as eth0'))
        .min(1, 'expected at least one interface')
        .refine(
          (names) => new Set(names).size === names.length,
          'expected each interface only once',
        )
        .optional()
        .describe('interfaces to answer on; unset: the one with the default route'),
      relays: z
        .boolean()
        .default(false)
        .describe(
          'also answer requests that DHCP relays forward to this host, which then cannot run a DHCP server',
        ),
    })
    .prefault({}),
  access: z
    .strictObject({
      allow: z
        .array(subnet)
        .min(1)
        .optional()
        .describe(
          "subnets that may boot; unset: private and shared ranges and this host's subnets",
        ),
    })
    .prefault({}),
  menu: z
    .strictObject({
      title: menuText.default('Debian network installer').describe('title of the boot menu'),
      timeout: duration(0, 60 * MINUTE_MS, 1000)
        .prefault(30)
        .describe('time until the default entry boots, in seconds; 0: wait forever'),
      default: z
        .string()
        .default('local')
        .describe('id of the default entry, such as local or trixie-amd64-text-install'),
      stale: z
        .enum(['mark', 'hide'])
        .default('mark')
        .describe('what to do with images whose kernel modules are no longer in the archive'),
      entries: entries
        .optional()
        .describe('extra entries: memtest, or objects with id, title, and kernel or loader'),
    })
    .prefault({}),
  kernelArgs: printableLine
    .default('')
    .describe(
      'kernel arguments for every installer; those after --- are kept for the installed system',
    ),
  hosts: hosts
    .optional()
    .describe('machines with their own settings; the first item that matches applies'),
  unknown: unknown.prefault({}),
  profiles: profiles
    .optional()
    .describe('preseeds for unattended installations, by the name of the profile'),
  hooks: hooks
    .optional()
    .describe('URLs to call when machines boot and are installed, and when images are refreshed'),
  state: z
    .union(
      [
        ...onOrOff,
        z.strictObject({
          url: databaseUrl
            .optional()
            .describe(
              'PostgreSQL database for the boot history, added hosts and installations, which several daemons can share; unset: a file in dataDir',
            ),
        }),
      ],
      { error: 'expected on, off, or the key url' },
    )
    .prefault('on')
    .describe('off: keep the boot history only in memory; hosts cannot be added or installed'),
  drain: z
    .strictObject({
      lameDuck: duration(0)
        .prefault('0s')
        .describe('time for which new transfers are accepted after SIGTERM'),
      timeout: duration(0)
        .prefault('25s')
        .describe('time for running transfers to finish after drain.lameDuck'),
    })
    .prefault({}),
  log: z
    .strictObject({
      level: z
        .enum(['trace', 'debug', 'info', 'warn', 'error'])
        .default('info')
        .describe('lowest level to log'),
      format: z
        .enum(['auto', 'json', 'pretty', 'journal'])
        .default('auto')
        .describe(
          "json; pretty for people; or journal: text with the priorities of systemd's journal; auto: pretty on a terminal, journal if systemd reads the log, and json otherwise",
        ),
    })
    .prefault({}),
});

/** Complete, validated configuration. */
export type ServerConfig = z.output<typeof configSchema>;

/** Configuration as written in `pxeboot.yaml` or passed by a program. */
export type ServerSettings = z.input<typeof configSchema>;

/** Returns true if the admin plane is reachable from another machine. */
export function isAdminExposed(config: ServerConfig): boolean {
  const loopback = new BlockList();
  loopback.addSubnet('127.0.0.0', 8, 'ipv4');
  loopback.addAddress('::1', 'ipv6');
  return config.admin.listen.some(
    ({ address }) =>
      isIP(address) === 0 || !loopback.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4'),
  );
}

/** Returns the addresses on which installers' logs are received; none if that is off. */
export function syslogAddresses({
  syslog,
}: Pick<ServerConfig, 'syslog'>): readonly ListenAddress[] {
  if (syslog === 'off') {
    return [];
  }
  return syslog === 'on' ? [{ address: 'auto', port: DEFAULT_PORTS.syslog }] : syslog.listen;
}
