import { type NOT_READY, notReadyState } from '../../namespace/boot-namespace.js';
import { type Boot } from '../boot.js';
import { fileRole } from '../file-role.js';
import { type Finding, type Rule } from './rule.js';

/** Returns true for the path of a kernel or an initrd. */
function isImageFile(path: string): boolean {
  return fileRole(path)?.stage === 'kernel' || fileRole(path)?.stage === 'initrd';
}

/**
 * Causes of boots that failed because there were no images. They are also shown later, so they do not say how
 * far the fetch had got.
 */
const NOT_READY_CAUSES: Readonly<Record<keyof typeof NOT_READY, string>> = {
  none: 'the machine booted before there were any images',
  fetching: 'the machine booted while the images were still being fetched',
  failed: 'the machine booted while the images could not be fetched',
};

/** Rules about requests that this server refused, or could not serve. */
export const REFUSED_RULES: readonly Rule[] = [
  {
    name: 'outside-allow-list',
    find: ({ refused, address, stages }: Boot): Finding | undefined =>
      stages.length === 0 && refused.some(({ result }) => result === 'denied')
        ? {
            cause: `${address} is outside access.allow and gets no answer`,
            fix: 'Add its subnet to access.allow, or give the machine an address in an allowed subnet.',
          }
        : undefined,
  },
  {
    name: 'images-not-ready',
    find({ refused, stages }: Boot): Finding | undefined {
      const state = notReadyState(
        refused.findLast(({ reason }) => notReadyState(reason) !== undefined)?.reason,
      );
      if (stages.length > 0 || state === undefined) {
        return undefined;
      }
      return {
        cause: NOT_READY_CAUSES[state],
        fix: 'Start it again when "pxeboot images list" shows the images. If none appear, run "pxeboot sync" to see why.',
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
            fix: 'Start the machine again to get the current menu. If DHCP names this path, let it name a loader instead ("pxeboot dhcp"); if your own menu does, correct it.',
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
            cause: `HTTP Boot requested ${file.path}, but ${file.reason.split(';')[0] ?? ''}`,
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
              'the machine requested a preseed file over TFTP, but pxeboot serves none over TFTP',
            fix: 'Put the file on a web server, and set preseed/url to its http:// URL.',
          }
        : undefined,
  },
];
