import { isIP } from 'node:net';

import * as z from 'zod';

import { type Arch, parseArch, parseSuite, type Suite } from '@pxe/debian-netboot/catalog';

import { withHint } from './image-list.js';
import { isSharedUuid, MAC, UUID } from './machine-id.js';
import { menuText, printableLine, subnet } from './text.js';

/** Schema of `hosts[].name`: a host name that an installer can use unchanged. */
const hostName = z
  .string()
  .regex(
    /^[a-z\d](?:[a-z\d.-]{0,251}[a-z\d])?$/i,
    'expected a host name: letters, digits, dots and hyphens',
  );

const mac = z.string().transform((text, context): string => {
  const plain = text.toLowerCase();
  if (MAC.test(plain)) {
    return plain.replaceAll('-', ':');
  }
  context.addIssue({
    code: 'custom',
    message: 'expected a MAC address such as 52:54:00:12:34:56',
  });
  return z.NEVER;
});

const uuid = z.string().transform((text, context): string => {
  const plain = text.toLowerCase();
  if (!UUID.test(plain)) {
    context.addIssue({
      code: 'custom',
      message: 'expected a UUID such as 4c4c4544-0042-3010-8056-b4c04f595131',
    });
    return z.NEVER;
  }
  if (isSharedUuid(plain)) {
    context.addIssue({
      code: 'custom',
      message:
        'many machines report this UUID, so it does not identify one; match the MAC address instead',
    });
    return z.NEVER;
  }
  return plain;
});

const ip = z
  .string()
  .refine((text) => isIP(text) !== 0, { message: 'expected an IP address such as 192.0.2.17' });

const suite = z.string().transform((text, context): Suite => {
  const parsed = parseSuite(text);
  if (parsed.ok) {
    return parsed.value;
  }
  context.addIssue({ code: 'custom', message: withHint(parsed.error) });
  return z.NEVER;
});

const arch = z.string().transform((text, context): Arch => {
  const parsed = parseArch(text);
  if (parsed.ok) {
    return parsed.value;
  }
  context.addIssue({ code: 'custom', message: withHint(parsed.error) });
  return z.NEVER;
});

const hostMatch = z
  .strictObject({
    mac: mac.optional().describe('MAC address of the interface that boots'),
    uuid: uuid.optional().describe('SMBIOS UUID'),
    ip: ip.optional().describe('IP address'),
    subnet: subnet.optional().describe('subnet of its IP address'),
  })
  .refine((match) => Object.values(match).filter((value) => value !== undefined).length === 1, {
    message: 'expected one of mac, uuid, ip and subnet',
    when: ({ issues }) => issues.length === 0,
  });

/** Value of `boot`: a word, or the id of an entry, which is checked with the menu. */
const hostBoot = z
  .string()
  .min(1)
  .describe(
    'menu, local (the local disk immediately), install (once, then local), or the id of an entry to start',
  );

/** Schema of an item of `hosts`. */
export const host = z.strictObject({
  name: hostName.describe('name of the machine'),
  match: hostMatch.describe('how to recognise the machine: mac, uuid, ip or subnet'),
  boot: hostBoot.default('menu'),
  profile: z.string().min(1).optional().describe('name of the profile that it is installed from'),
  suite: suite.optional().describe('Debian release to offer; unset: all'),
  arch: arch.optional().describe('architecture to offer; unset: all that its firmware can start'),
  kernelArgs: printableLine
    .optional()
    .describe('kernel arguments, added after those in kernelArgs'),
  title: menuText.optional().describe('title of its boot menu'),
  variables: z
    .record(
      z
        .string()
        .regex(
          /^[a-z_]\w*$/i,
          'expected a name of letters, digits and underscores that does not begin with a digit',
        ),
      z.union([z.string(), z.number(), z.boolean()]).transform(String),
    )
    .optional()
    .describe('values for templates'),
});

/** Schema of `hosts`. */
export const hosts = z
  .array(host)
  .min(1)
  .superRefine((items, context) => {
    const names = new Map<string, number>();
    const matches = new Map<string, number>();
    for (const [index, { name, match }] of items.entries()) {
      const first = names.get(name.toLowerCase());
      if (first === undefined) {
        names.set(name.toLowerCase(), index);
      } else {
        const message = `hosts[${first}] has the same name`;
        context.addIssue({ code: 'custom', path: [index, 'name'], message });
      }
      for (const [kind, value] of Object.entries(match)) {
        const key = `${kind} ${value}`;
        const earlier = matches.get(key);
        if (earlier === undefined) {
          matches.set(key, index);
          continue;
        }
        const message = `hosts[${earlier}] (${items[earlier]?.name ?? ''}) matches the same machines and comes first`;
        context.addIssue({ code: 'custom', path: [index, 'match', kind], message });
      }
    }
  });

/** Schema of `unknown`: the settings for machines that match no host. */
export const unknown = z.strictObject({
  boot: hostBoot
    .default('menu')
    .describe(
      'what machines that match no item of hosts do: menu, local, install, or the id of an entry',
    ),
  profile: z.string().min(1).optional().describe('with boot: install, the name of the profile'),
});

/** Item of `hosts`. */
export type HostSettings = z.output<typeof host>;
