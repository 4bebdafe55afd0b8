import * as z from 'zod';

import { ARCHES, SUITES, VARIANTS } from '@pxe/debian-netboot/catalog';

import { MENU_LOADERS } from '../boot-files/menu-loaders.js';
import { host } from '../config/hosts.js';
import { STAGES } from '../machines/file-role.js';
import { MAX_PAGE } from './page-size.js';

// The schemas of the API are used to check requests, to format responses, and to generate the OpenAPI document.

/** Schemas with their own names in the OpenAPI document. */
export const apiSchemas = z.registry<{ id: string }>();

function named<Schema extends z.ZodType>(id: string, description: string, schema: Schema): Schema {
  const described = schema.describe(description);
  apiSchemas.add(described, { id });
  return described;
}

const time = z.iso.datetime().describe('time in UTC, ISO 8601');
const address = z.string().describe('IP address');
const mac = z.string().describe('MAC address, as in 52:54:00:12:34:56');
const uuid = z.string().describe('UUID of the machine');
const firmware = z.enum(['bios', 'uefi', 'ipxe', 'u-boot']);
const arch = z.enum(ARCHES);
const outcome = z
  .enum(['booting', 'installer', 'local', 'menu', 'failed'])
  .describe(
    'booting: requests are still arriving; installer: the machine has the kernel and the initrd; local: its menu boots its local disk at once; menu: it is waiting for a choice or has booted its disk; failed: it stopped before reaching any of these',
  );
const transport = z.enum(['tftp', 'http']);
const result = z.enum(['delivered', 'interrupted', 'sizeOnly', 'notFound', 'refused', 'denied']);
const name = {
  suite: z.enum(SUITES),
  arch,
  variant: z.enum(VARIANTS),
};

export const errorBody = named(
  'Error',
  'what is wrong, and what to do about it',
  z.object({
    error: z.string().describe('what is wrong, in words'),
    hint: z.string().optional().describe('what to do about it'),
    code: z.string().optional().describe('stable name of the error'),
  }),
);

export const serverView = named(
  'Server',
  'the daemon: its addresses, what it serves, and what the request may do',
  z.object({
    name: z.string().describe('name of the host'),
    version: z.string(),
    access: z.object({
      rights: z.enum(['read', 'full']).describe('what this request may do'),
      changes: z
        .enum(['allowed', 'token', 'unavailable'])
        .describe(
          'allowed: this request could make changes; token: changes need admin.token; unavailable: admin.token is not set, so only the socket in dataDir accepts changes',
        ),
    }),
    tftp: z
      .array(z.string())
      .describe('addresses at which machines reach this service, as address:port'),
    http: z
      .array(z.string())
      .describe('addresses at which machines reach this service, as address:port'),
    obstacle: z
      .string()
      .optional()
      .describe('why firmware cannot use this server as it is, and what to do about it'),
    proxyDhcp: z
      .array(
        z.object({
          interface: z.string(),
          address: z.string().describe('IPv4 address of this server on the interface'),
          servers: z
            .array(
              z.object({
                address: z.string().describe('IPv4 address'),
                givesAddresses: z.boolean().describe('false: another ProxyDHCP service'),
                program: z
                  .enum(['dnsmasq', 'isc', 'kea'])
                  .optional()
                  .describe('likely program, with its name in `pxeboot dhcp`'),
                bootFiles: z.array(
                  z.object({
                    client: z.string().describe('kind of client, as in UEFI x64'),
                    file: z.string(),
                  }),
                ),
                advice: z
                  .string()
                  .optional()
                  .describe(
                    'how it keeps machines from booting from this server, and what to do about it',
                  ),
              }),
            )
            .describe('other servers that answer DHCP clients'),
          ignoring: z
            .array(
              z.object({
                mac,
                file: z.string().describe('boot file in the offer'),
                offeredAt: time,
                advice: z.string().describe('what happened and what to do about it'),
              }),
            )
            .describe('machines that have not loaded the boot file they were offered'),
        }),
      )
      .describe('interfaces with a ProxyDHCP service'),
    grafanaUrl: z.string().optional().describe('admin.grafanaUrl'),
    fetch: z.object({
      state: z
        .enum(['idle', 'fetching', 'failed', 'elsewhere'])
        .describe('elsewhere: another process fetches into the same store'),
      percent: z.int().optional().describe('from 0 to 99'),
      activity: z.string().optional().describe('most recently reported step'),
      reason: z.string().optional(),
      retryAt: time.optional().describe('time of the next attempt'),
      rows: z
        .array(
          z.object({
            title: z.string(),
            received: z.int().describe('bytes'),
            total: z.int().describe('number of bytes, as far as known'),
            speed: z.int().describe('bytes per second'),
          }),
        )
        .optional()
        .describe('progress of each image'),
    }),
  }),
);

export const doctorView = named(
  'Doctor',
  'findings of the last check of this host',
  z.object({
    checkedAt: time.optional().describe('time of the last check; absent before the first one'),
    findings: z
      .array(
        z.object({
          rule: z.string().describe('stable name of the finding'),
          severity: z
            .enum(['error', 'warning'])
            .describe(
              'error: the affected machines cannot boot; warning: some of them may not boot, or boot slowly',
            ),
          what: z.string().describe('the problem'),
          why: z.string().describe('reason why it matters'),
          fix: z.string().describe('remedy in one line'),
          evidence: z.array(z.string()).describe('observations that show the problem'),
        }),
      )
      .describe('errors first'),
  }),
);

export const dhcpList = named(
  'DhcpServers',
  'configuration for each supported DHCP server',
  z.object({
    address: z.string().describe('IPv4 address of this server'),
    servers: z.array(
      z.object({
        name: z.string().describe('name in `pxeboot dhcp`'),
        title: z.string(),
        text: z.string().describe('configuration of this DHCP server'),
      }),
    ),
  }),
);

const diagnosis = named(
  'Diagnosis',
  'why a boot failed, and what to do about it',
  z.object({
    rule: z.string().describe('stable name of the rule'),
    cause: z.string(),
    fix: z.string(),
    evidence: z.array(z.string()).describe('requests that the rule is based on, one line each'),
  }),
);

const step = named(
  'BootStep',
  'one step of a boot',
  z.object({
    name: z.enum(STAGES),
    transport,
    path: z.string(),
    startedAt: time,
    endedAt: time,
    result,
    fetches: z.int().describe('number of fetches, not counting requests for only the size'),
    bytes: z.int().optional().describe('bytes that the machine has received'),
    size: z.int().optional().describe('size of the file in bytes'),
    blksize: z.int().optional().describe('TFTP block size in bytes'),
    windowsize: z.int().optional().describe('TFTP window in blocks'),
  }),
);

export const installerStep = named(
  'InstallerStep',
  "step in an installer's log; the log is not authenticated",
  z.object({
    item: z.string().describe("item of the installer's main menu, as in partman-base"),
    title: z.string().describe('description of the item'),
    at: time,
    failed: z.boolean(),
  }),
);

export const hostKeys = z
  .array(
    z.object({
      type: z.string().describe('type of the key, as in ED25519'),
      fingerprint: z
        .string()
        .describe('fingerprint, as in SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU'),
    }),
  )
  .describe('SSH host keys of the installed system, as reported by the installer');

const refusedFile = named(
  'RefusedFile',
  'file that the machine requested but did not get',
  z.object({ transport, path: z.string(), result, reason: z.string().optional() }),
);

const summary = {
  id: z.string(),
  address,
  mac: mac.optional(),
  uuid: uuid.optional(),
  firmware: firmware.optional(),
  arch: arch.optional(),
  startedAt: time,
  lastSeenAt: time,
  outcome,
  reached: z.enum(['nothing', ...STAGES, 'installer']).describe('last step that was reached'),
  sentence: z.string().describe('what happened, or what is wrong and how to fix it'),
  installerStep: installerStep.optional().describe('last step of the installer'),
  machinesAtAddress: z
    .int()
    .describe(
      'number of machines seen at this address within the same ten minutes, including this one',
    ),
  proven: z.boolean().describe('false as long as every request may have been forged'),
};

export const bootSummary = named(
  'BootSummary',
  'boot without its steps',
  z.object({ ...summary, rule: z.string().optional().describe('rule that explains the failure') }),
);

export const bootDetail = named(
  'Boot',
  'boot with its steps and evidence',
  z.object({
    ...summary,
    steps: z.array(step),
    installer: z.array(installerStep).optional().describe('last steps of the installer'),
    hostKeys: hostKeys.optional(),
    refused: z.array(refusedFile).describe('most recent files that were not served'),
    diagnosis: diagnosis.optional(),
  }),
);

export const machine = named(
  'Machine',
  'machine with its boots',
  z.object({
    id: z.string().describe('MAC address, UUID or IP address: the first one that is known'),
    mac: mac.optional(),
    uuid: uuid.optional(),
    addresses: z.array(address).describe('newest first'),
    firmware: firmware.optional(),
    arch: arch.optional(),
    firstSeenAt: time,
    lastSeenAt: time,
    boots: z.int().describe('number of remembered boots'),
    lastBoot: bootSummary,
  }),
);

const storedFile = z.object({
  name: z.string(),
  sha256: z.string().describe('64 lower-case hex digits'),
  size: z.int().describe('bytes'),
});

const versionedPackage = z.object({ name: z.string(), version: z.string() });

const image = named(
  'Image',
  'image with its age, proof and checks',
  z.object({
    ...name,
    title: z.string(),
    version: z.string().describe('version of the release, as in 13.7'),
    build: z.string().describe('dated build of the installer'),
    kernelVersion: z.string(),
    size: z.int().describe('bytes of kernel and initrd'),
    proof: z
      .enum(['list', 'package', 'signed', 'tls', 'none'])
      .describe(
        'list: signed through SHA256SUMS; package: signed through the netboot package; signed: signed by the archive, in an older store that does not record the kind of proof; tls: vouched for only by the server certificate; none: unsigned',
      ),
    releaseDate: time.optional().describe('date of the InRelease that vouches for the image'),
    confirmedAt: time.describe('time when a refresh last found the image up to date'),
    ageSeconds: z.number().describe('seconds since confirmedAt'),
    firmware: z
      .object({
        size: z.int().describe('size in bytes of the initrd with the packages'),
        packages: z.array(z.string()).describe('names of the packages'),
      })
      .optional()
      .describe('firmware packages that are loaded with the image'),
    carriedOver: z
      .boolean()
      .describe('true if the last refresh could not get the image and kept this one'),
    modules: z
      .enum(['ok', 'last', 'stale', 'unknown'])
      .describe(
        'kernel modules in the archive; ok: available; last: available, but the archive also has a newer kernel; stale: no longer available, so the installer will stop; unknown: not checked',
      ),
    damaged: z.boolean().describe('true if a file is damaged and therefore not served'),
    files: z.array(storedFile).describe('files of the installer, as they are served'),
    olderThanSeen: z
      .boolean()
      .describe(
        "true if the mirror's InRelease was older than one that had already passed the checks",
      ),
    notes: z.array(z.string()).describe('warnings to read before installing the image'),
  }),
);

export const configView = named(
  'Configuration',
  'the configuration in force, key by key',
  z.object({
    keys: z.array(
      z.object({
        key: z.string().describe('name of the key, as in tftp.singlePort'),
        description: z.string(),
        value: z.unknown().optional().describe('as written in the file; absent if unset or hidden'),
        source: z.string().describe('where it was set: file:line, variable, flag, or default'),
        hidden: z.boolean().optional().describe('true for a token that is set'),
        restart: z.boolean().describe('true if a new value takes effect only after a restart'),
      }),
    ),
  }),
);

export const imageList = named(
  'Images',
  'images, and the generation that they belong to',
  z.object({
    ready: z.boolean().describe('true if every file can be served'),
    served: z.string().optional().describe('id of the served generation'),
    images: z.array(image),
    refresh: z.object({
      source: z.string().optional().describe('unset: this daemon does not refresh the store'),
      running: z.boolean(),
      checkedAt: time.optional(),
      outcome: z.enum(['complete', 'partial', 'failed']).optional(),
      nextCheckAt: time.optional(),
    }),
    generations: z.array(
      z.object({
        id: z.string(),
        createdAt: time,
        current: z.boolean(),
        images: z.array(
          z.object({
            ...name,
            version: z.string().describe('version of the release'),
            build: z.string().describe('dated build of the installer'),
            kernelVersion: z.string(),
            size: z.int().describe('bytes of kernel and initrd'),
            files: z.array(storedFile),
            firmware: z.array(versionedPackage).describe('firmware packages'),
          }),
        ),
        loaders: z.array(versionedPackage).describe('boot loaders, with their versions'),
        entries: z
          .array(z.object({ id: z.string(), files: z.array(storedFile) }))
          .describe('extra entries'),
        bytes: z.int().describe('total size of its files in bytes'),
      }),
    ),
  }),
);

export const statisticsQuery = z.object({
  range: z
    .enum(['hour', 'day', 'week', 'month'])
    .default('day')
    .describe('range of time up to now'),
});

export const statistics = named(
  'Statistics',
  'numbers of boots over time',
  z.object({
    range: statisticsQuery.shape.range.unwrap(),
    bucketSeconds: z.int(),
    isStored: z.boolean().describe('false: boots are forgotten when the daemon stops'),
    since: time.optional().describe('start of the oldest remembered boot'),
    buckets: z.array(
      z
        .object({
          at: time.describe('start of the bucket'),
          booting: z.int(),
          installer: z.int(),
          local: z.int(),
          menu: z.int(),
          failed: z.int(),
          medianSeconds: z
            .number()
            .optional()
            .describe(
              'median time from the first request until a machine has its kernel and initrd',
            ),
          slowestSeconds: z.number().optional(),
          tftpBytes: z.int().describe('bytes that machines received over TFTP'),
          httpBytes: z.int().describe('bytes that machines received over HTTP'),
        })
        .describe('boots that started within the bucket'),
    ),
  }),
);

export const menuQuery = z.object({
  loader: z.enum(MENU_LOADERS).default('pxelinux').describe('boot loader that shows the menu'),
  arch: arch
    .default('amd64')
    .describe('architecture of the machine; with ipxe, i386 is the build for BIOS'),
  machine: z
    .string()
    .max(255)
    .optional()
    .describe('MAC address, UUID, IP address, or name of a host; any unknown machine if absent'),
});

export const menuView = named(
  'Menu',
  'the menu as one boot loader shows it',
  z.object({
    loader: z.enum(MENU_LOADERS),
    arch,
    boot: z
      .string()
      .describe('what starts automatically: menu (nothing), local, install, or the id of an entry'),
    host: z.string().optional().describe('host that the machine matches'),
    matchedBy: z.enum(['mac', 'uuid', 'ip', 'subnet']).optional(),
    text: z
      .string()
      .describe('file that the loader gets, with placeholders for the tokens of an installation'),
    findings: z
      .array(z.string())
      .describe('problems with the menu, such as parts that this loader cannot show'),
  }),
);

export const refreshStarted = named(
  'RefreshStarted',
  'the refresh was started, or was already running',
  z.object({ status: z.enum(['started', 'running']) }),
);
export const rolledBack = named(
  'RolledBack',
  'generation that is now served',
  z.object({ served: z.string().describe('id of the served generation') }),
);

const LIMIT_RANGE = `expected a number from 1 to ${MAX_PAGE}`;
const limit = z.coerce
  .number(LIMIT_RANGE)
  .int(LIMIT_RANGE)
  .min(1, LIMIT_RANGE)
  .max(MAX_PAGE, LIMIT_RANGE)
  .default(50);
/** Returns the schema of a cursor, which contains the position and the name of the last item of a page. */
function cursor(name: string): z.ZodOptional<z.ZodString> {
  return z
    .string()
    .max(300)
    .regex(
      new RegExp(String.raw`^\d{1,15}\.${name}$`),
      'expected the value of `next` from the previous page',
    )
    .optional()
    .describe('value of `next` from the previous page');
}
const next = z.string().optional().describe('cursor of the next page; absent on the last one');
const incomplete = z
  .literal(true)
  .optional()
  .describe(
    'true if the database currently cannot be read, so that items that are not in memory are missing',
  );
const queryTime = z.iso.datetime('expected a time in UTC such as 2026-01-31T12:00:00Z');

export const bootQuery = z.object({
  machine: z.string().max(64).optional().describe('MAC address, UUID or IP address'),
  outcome: outcome.optional(),
  firmware: firmware.optional(),
  arch: arch.optional(),
  rule: z.string().max(64).optional().describe('rule that explains the failure'),
  since: queryTime.optional().describe('only boots that started at this time or later'),
  until: queryTime.optional().describe('only boots that started before this time'),
  limit: limit.describe('number of boots per page'),
  cursor: cursor(String.raw`[\w-]{1,64}`),
});
export type BootQuery = z.output<typeof bootQuery>;

export const pageOfBoots = named(
  'BootPage',
  'boots, newest first',
  z.object({
    boots: z.array(bootSummary),
    incomplete,
    next,
  }),
);

export const machineQuery = z.object({
  limit: limit.describe('number of machines per page'),
  cursor: cursor(String.raw`[\w.:-]{1,64}`),
});
export type MachineQuery = z.output<typeof machineQuery>;

export const pageOfMachines = named(
  'MachinePage',
  'machines, most recently seen first',
  z.object({ machines: z.array(machine), incomplete, next }),
);

const installState = z.enum(['armed', 'started', 'installed', 'failed', 'expired', 'cancelled']);

export const hostView = named(
  'Host',
  'host with its last unattended installation',
  z.object({
    name: z.string(),
    match: z
      .object({
        mac: mac.optional(),
        uuid: uuid.optional(),
        ip: address.optional(),
        subnet: z.string().optional(),
      })
      .describe('how the machine is recognised: exactly one of these'),
    boot: z.string().describe('menu, local, install, or the id of an entry'),
    profile: z.string().optional(),
    suite: z
      .enum(SUITES)
      .optional()
      .describe('Debian release that the machine is offered; unset: all'),
    arch: arch.optional().describe('architecture that the machine is offered; unset: all'),
    kernelArgs: z.string().optional().describe('kernel arguments, after those of all machines'),
    title: z.string().optional().describe('title of its boot menu'),
    variables: z
      .array(z.string())
      .optional()
      .describe('names of its variables, whose values are not shown'),
    source: z
      .enum(['file', 'state'])
      .describe(
        'file: defined in pxeboot.yaml, and can be changed only there; state: added at run time',
      ),
    install: z
      .object({
        state: installState,
        profile: z.string(),
        retries: z
          .number()
          .int()
          .describe('number of further installations that may start automatically'),
        expiresAt: time.optional(),
        steps: z.array(
          z.object({ at: time, state: installState, by: z.string(), note: z.string().optional() }),
        ),
        hostKeys: hostKeys.optional(),
      })
      .optional()
      .describe('the last unattended installation'),
  }),
);

export const profileList = named(
  'Profiles',
  'profiles that hosts can be installed with',
  z.object({
    profiles: z.array(
      z.object({
        name: z.string(),
        variables: z
          .array(z.string())
          .describe('variables that a host needs for it, in addition to those that every host has'),
        makesPassphrase: z
          .boolean()
          .describe('true if each installation gets a passphrase for its disk, shown once'),
        hosts: z.int().describe('number of hosts that use it'),
      }),
    ),
  }),
);

export const hostQuery = z.object({
  limit: limit.describe('number of hosts per page'),
  cursor: cursor('.{1,255}'),
});
export type HostQuery = z.output<typeof hostQuery>;

export const pageOfHosts = named(
  'HostPage',
  'hosts: those of pxeboot.yaml first, then those added at run time',
  z.object({ hosts: z.array(hostView), next }),
);

const preseedFinding = z.object({
  severity: z.enum(['error', 'warning', 'note']),
  code: z.string(),
  message: z.string(),
  fix: z.string().optional(),
  line: z.number().int().optional(),
  column: z.number().int().optional(),
});

export const armedHost = named(
  'ArmedHost',
  'the host, which will be installed at its next boot',
  z.object({
    host: hostView,
    passphrase: z
      .string()
      .optional()
      .describe(
        'passphrase of the disk, if one was generated for this installation; not shown again',
      ),
    findings: z
      .array(preseedFinding)
      .describe('problems in the preseed, such as questions that the installer will still ask'),
  }),
);

export const preseedQuery = z.object({
  profile: z.string().max(64).optional().describe('default: the profile of the host'),
});

export const preseedView = named(
  'HostPreseed',
  'the preseed of a host',
  z.object({
    text: z.string().describe('the preseed without passwords or passphrases'),
    findings: z
      .array(preseedFinding)
      .describe('problems, with line numbers that refer to the text'),
  }),
);

export const hostLog = named(
  'HostLog',
  'last messages from the installer',
  z.object({
    entries: z.array(
      z.object({
        at: time,
        severity: z.int().describe('from 0 (emergency) to 7 (debug)'),
        program: z.string(),
        text: z.string().describe('text of the message; may contain any character'),
      }),
    ),
    forgotten: z.int().describe('number of earlier messages that are no longer kept'),
  }),
);

const by = z
  .string()
  .regex(/^[\x20-\x7e]{1,64}$/)
  .optional()
  .describe('name of the person or program that makes the request, for the record');

export const addedHost = host.safeExtend({ by });

const { match, boot, profile, suite, arch: hostArch, kernelArgs, title } = host.shape;

export const changedHost = z
  .strictObject({
    by,
    match: match.optional(),
    boot: boot.unwrap().optional(),
    profile: profile.nullable(),
    suite: suite.nullable(),
    arch: hostArch.nullable(),
    kernelArgs: kernelArgs.nullable(),
    title: title.nullable(),
    variables: z
      .record(
        z
          .string()
          .regex(
            /^[a-z_]\w{0,63}$/i,
            'expected a name of 1 to 64 letters, digits and underscores that does not begin with a digit',
          ),
        z.string().nullable(),
      )
      .optional()
      .describe('variables by name; others stay as they are'),
  })
  .describe('keys that are absent stay as they are; null unsets one');

export const installRequest = z.strictObject({
  by,
  profile: z.string().max(64).optional().describe('default: the profile of the host'),
  retries: z.number().int().min(0).max(10).default(0),
});

export const cancelRequest = z.strictObject({ by });
