import { type Boot } from '../boot.js';
import { type Finding, type Rule } from './rule.js';

/** Rules about files that are here, but were kept from the machine. */
export const REFUSED_RULES: readonly Rule[] = [
  {
    name: 'outside-allow-list',
    find: ({ refused, address, stages }: Boot): Finding | undefined =>
      stages.length === 0 && refused.some(({ result }) => result === 'denied')
        ? {
            cause: `${address} is outside access.allow, and gets no answer`,
            fix: 'Add its subnet to access.allow, or give the machine an address inside.',
          }
        : undefined,
  },
  {
    name: 'http-boot-needs-newer-grub',
    find({ refused }: Boot): Finding | undefined {
      const file = refused.find(
        ({ result, transport, path }) =>
          result === 'refused' && transport === 'http' && path.endsWith('.efi'),
      );
      return file?.reason === undefined
        ? undefined
        : {
            cause: `HTTP Boot asked for ${file.path}: ${file.reason}`,
            fix: 'Add trixie or a later release to images, or boot this machine by PXE.',
          };
    },
  },
  {
    name: 'preseed-by-tftp',
    find: ({ refused }: Boot): Finding | undefined =>
      refused.some(({ path, transport }) => transport === 'tftp' && path.startsWith('/preseed/'))
        ? {
            cause: 'the machine asked for its preseed by TFTP, which never carries preseeds',
            fix: 'Use an http:// URL for the preseed (preseed/url).',
          }
        : undefined,
  },
];
