import { IMAGES_NOT_READY } from '../../namespace/boot-namespace.js';
import { type Boot } from '../boot.js';
import { fileRole } from '../file-role.js';
import { type Finding, type Rule } from './rule.js';

/** Returns true for a path that contains an installer build. */
function isImageFile(path: string): boolean {
  return fileRole(path)?.stage === 'kernel' || fileRole(path)?.stage === 'initrd';
}

/** Rules about files that exist but were not served to the machine. */
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
    name: 'images-not-ready',
    find({ refused, stages }: Boot): Finding | undefined {
      const reason = refused.findLast((file) => file.reason?.startsWith(IMAGES_NOT_READY))?.reason;
      if (stages.length > 0 || reason === undefined) {
        return undefined;
      }
      return {
        cause: `the machine booted while ${reason.replace(' are ', ' were ')}`,
        fix: 'Start it again when "pxeboot images list" shows the images.',
      };
    },
  },
  {
    name: 'replaced-image',
    find({ refused }: Boot): Finding | undefined {
      const file = refused.find(({ result, path }) => result === 'notFound' && isImageFile(path));
      return file === undefined
        ? undefined
        : {
            cause: `${file.path} belongs to an installer that has been replaced or was never on this server`,
            fix: 'Start the machine again for the current menu. If your DHCP server or a menu of your own has this path, use the path of the loader there instead.',
          };
    },
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
            cause: `HTTP Boot requested ${file.path}: ${file.reason}`,
            fix: 'Add trixie or a later release to images, or boot this machine by PXE.',
          };
    },
  },
  {
    name: 'preseed-by-tftp',
    find: ({ refused }: Boot): Finding | undefined =>
      refused.some(({ path, transport }) => transport === 'tftp' && path.startsWith('/preseed/'))
        ? {
            cause:
              'the machine requested its preseed file by TFTP, which does not serve preseed files',
            fix: 'Use an http:// URL for the preseed (preseed/url).',
          }
        : undefined,
  },
];
