import * as z from 'zod';

import {
  checkEntries,
  isEntryId,
  MAX_ENTRIES,
  MAX_ENTRY_INITRDS,
  sourceFault,
} from '@pxe/debian-netboot/catalog';

import { withHint } from './image-list.js';
import { INSTALLER_ID, MEMTEST, ownEntryOf, sourceOf } from './own-entries.js';
import { filePath, printableLine } from './text.js';

/** Ids that have another meaning where an entry can be named. */
const RESERVED_IDS: readonly string[] = ['menu', 'install', 'local', 'start'];

const sha256 = z
  .string()
  .transform((text) => text.toLowerCase())
  .refine((text) => /^[\da-f]{64}$/.test(text), 'expected 64 hexadecimal digits');

/** File of an entry: a path, or an object with a path or a URL. */
const entryFile = z
  .union(
    [
      filePath,
      z.strictObject({
        path: filePath.optional().describe('absolute path of a file on this host'),
        url: z.string().optional().describe('URL with http or https; needs sha256'),
        sha256: sha256.optional().describe('SHA-256 of the content; any other content is refused'),
      }),
    ],
    { error: 'expected a path, or the keys url and sha256, or path and sha256' },
  )
  .superRefine((file, context) => {
    const source = typeof file === 'string' ? { path: file } : file;
    const fault =
      (source.path === undefined) === (!('url' in source) || source.url === undefined)
        ? 'expected either path or url'
        : 'url' in source && source.url !== undefined && source.sha256 === undefined
          ? 'a url needs sha256: nothing else vouches for the file'
          : sourceFault(sourceOf(file));
    if (fault !== undefined) {
      context.addIssue({ code: 'custom', message: fault });
    }
  });

const ownEntry = z
  .strictObject({
    id: z
      .string()
      .refine(
        isEntryId,
        'expected at most 63 lower-case letters, digits, dots, underscores and hyphens, with a letter or digit at both ends and no two dots in a row',
      )
      .describe('name for menu.default and hosts[].boot'),
    title: z
      .string()
      .max(60)
      .regex(
        // Helm applies the pattern with RE2, which does not support lookaround.
        /^[\x21-\x5d\x5f-\x7e](?:[\x20-\x5d\x5f-\x7e]*[\x21-\x5d\x5f-\x7e])?$/,
        'expected printable ASCII on one line, without ^ and without leading or trailing spaces',
      )
      .describe('text in the menu'),
    kernel: entryFile.optional().describe('kernel to start'),
    initrds: z
      .array(entryFile)
      .min(1)
      .max(MAX_ENTRY_INITRDS)
      .optional()
      .describe('initrds for the kernel, in the order of loading'),
    args: printableLine
      .optional()
      .describe('arguments for the kernel; those in kernelArgs are not added'),
    loader: entryFile
      .optional()
      .describe('boot program to start: for BIOS or UEFI, or an iPXE script'),
  })
  .refine(({ kernel, loader }) => (kernel === undefined) !== (loader === undefined), {
    message: 'expected either kernel or loader',
    when: ({ issues }) => issues.length === 0,
  })
  .refine(
    ({ kernel, initrds, args }) =>
      kernel !== undefined || (initrds === undefined && args === undefined),
    { message: 'initrds and args belong to a kernel', when: ({ issues }) => issues.length === 0 },
  );

/** Schema of `menu.entries`. */
export const entries = z
  .array(
    z.union([z.literal(MEMTEST), ownEntry], {
      error: `expected ${MEMTEST}, or the keys id, title and kernel or loader`,
    }),
  )
  .max(MAX_ENTRIES)
  .superRefine((items, context) => {
    const ids = items.map((item) => (item === MEMTEST ? MEMTEST : item.id));
    for (const [index, id] of ids.entries()) {
      const first = ids.indexOf(id);
      const fault =
        first < index
          ? `menu.entries[${first}] has the same id`
          : RESERVED_IDS.includes(id) || INSTALLER_ID.test(id)
            ? `${id} has another meaning; choose another id`
            : undefined;
      if (fault !== undefined) {
        context.addIssue({ code: 'custom', path: [index, 'id'], message: fault });
      }
    }
    const checked = checkEntries(items.map((item) => ownEntryOf(item).selection));
    if (context.issues.length === 0 && !checked.ok) {
      context.addIssue({ code: 'custom', message: withHint(checked.error) });
    }
  });
