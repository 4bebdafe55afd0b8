import { type Boot, type BootStage, progressOf, stageOf } from '../boot.js';
import { entryOf, type StageName, STAGES } from '../file-role.js';
import { type Explanation, type Finding, finding, type Rule } from './rule.js';

/**
 * Number of fetches of the loader from which they count as a loop: firmware retries a lost transfer about
 * twice.
 */
const LOOP_FETCHES = 4;

/** Block sizes of PXE boot ROMs for BIOS; UEFI firmware (EDK2) requests 1,468 or a window. */
const BIOS_BLOCK_SIZES: ReadonlySet<number | undefined> = new Set([512, 1408, 1432, 1456]);

/** Returns a rule about boots that fell silent after reaching a given stage, and no later one. */
function stoppedAt(
  name: string,
  stage: StageName,
  explain: (stage: BootStage, boot: Boot) => Explanation | undefined,
): Rule {
  return {
    name,
    find(boot, isQuiet) {
      if (!isQuiet || progressOf(boot) !== STAGES.indexOf(stage)) {
        return undefined;
      }
      const reached = stageOf(boot, stage);
      const explanation = reached === undefined ? undefined : explain(reached, boot);
      return reached === undefined || explanation === undefined
        ? undefined
        : finding(explanation, reached);
    },
  };
}

function stoppedWithin(name: string, stage: 'kernel' | 'initrd'): Rule {
  return {
    name,
    find(boot, isQuiet) {
      const file = stageOf(boot, stage);
      if (!isQuiet || file === undefined || file.result === 'delivered') {
        return undefined;
      }
      const of = file.size === undefined ? '' : ` of ${file.size.toLocaleString('en')}`;
      return finding(
        {
          cause: `the transfer of the ${stage} stopped after ${(file.bytes ?? 0).toLocaleString('en')}${of} bytes`,
          fix: 'Check the cable, the switch port and the power of the machine; the log line of the transfer contains the error if the machine sent one.',
        },
        file,
      );
    },
  };
}

/** Returns the loader of a boot that has loaded one, and nothing after it. */
function onlyLoader({ stages }: Boot): BootStage | undefined {
  const [first] = stages;
  const isOnlyOne = stages.length === 1 && first?.name === 'loader';
  return isOnlyOne && first.result === 'delivered' ? first : undefined;
}

/**
 * Returns the `find` of a rule about a loader for other firmware: no request follows the loader, or the
 * firmware fetches it over and over.
 */
function misfitLoader(
  isMisfit: (loader: BootStage, boot: Boot) => boolean,
  explain: (file: string) => Explanation,
): Rule['find'] {
  return (boot, isQuiet) => {
    const loader = onlyLoader(boot);
    return loader !== undefined &&
      (isQuiet || loader.fetches >= LOOP_FETCHES) &&
      isMisfit(loader, boot)
      ? finding(explain(loader.path.slice(1)), loader)
      : undefined;
  };
}

/** Rules about boots that started and then stopped, in order: the first match is reported. */
export const BROKEN_CHAIN_RULES: readonly Rule[] = [
  {
    name: 'bios-loader-on-uefi',
    find: misfitLoader(
      ({ blksize, windowsize }, { firmware }) =>
        firmware === 'bios' && isUefiTransfer(blksize, windowsize),
      (file) => ({
        cause: `UEFI firmware was given ${file}, a loader for BIOS, and cannot start it`,
        fix: 'Make DHCP send bootnetx64.efi to client architectures 7 and 9; "pxeboot dhcp" prints the configuration.',
      }),
    ),
  },
  {
    name: 'uefi-loader-on-bios',
    find: misfitLoader(
      ({ transport, blksize, windowsize }, { firmware }) =>
        firmware === 'uefi' &&
        transport === 'tftp' &&
        BIOS_BLOCK_SIZES.has(blksize) &&
        !isUefiTransfer(blksize, windowsize),
      (file) => ({
        cause: `BIOS firmware was given ${file}, a loader for UEFI, and cannot start it`,
        fix: 'Make DHCP send lpxelinux.0 to client architecture 0; "pxeboot dhcp" prints the configuration.',
      }),
    ),
  },
  {
    name: 'loader-loop',
    find(boot: Boot): Finding | undefined {
      const loader = onlyLoader(boot);
      return loader !== undefined && loader.fetches >= LOOP_FETCHES
        ? finding(
            {
              cause: `the machine has fetched ${loader.path.slice(1)} ${loader.fetches} times and got no further`,
              fix: loaderFix(boot, loader),
            },
            loader,
          )
        : undefined;
    },
  },
  stoppedAt('silent-after-first-block', 'loader', ({ result, bytes = 0, blksize }) =>
    result === 'interrupted' && bytes <= (blksize ?? 512)
      ? {
          cause: `the machine acknowledged at most the first block (${blksize ?? 512} bytes) of its loader`,
          fix: 'Check for a firewall between the machine and this server, and lower tftp.maxBlockSize (to 1200, for example) if the path carries less than 1500 bytes.',
        }
      : undefined,
  ),
  stoppedAt('stopped-within-loader', 'loader', ({ result, bytes = 0, size }) =>
    result === 'interrupted'
      ? {
          cause: `the transfer of the loader stopped after ${bytes} of ${size ?? 'an unknown number of'} bytes`,
          fix: 'Check the cable and the switch port; firmware also stops here if the loader is too large for it.',
        }
      : undefined,
  ),
  stoppedAt('stopped-after-loader', 'loader', (loader, boot) =>
    loader.result === 'delivered'
      ? {
          cause: `the machine has ${loader.path.slice(1)} but has requested nothing after it`,
          fix: loaderFix(boot, loader),
        }
      : undefined,
  ),
  {
    name: 'shim-refused-grub',
    find({ firmware, stages, refused }: Boot): Finding | undefined {
      const last = stages.at(-1);
      // If shim does not accept GRUB, it starts MokManager, which this server does not serve.
      const asked = refused.find(({ path }) => /(?:^|\/)mm(?:x64|aa64|ia32)\.efi$/.test(path));
      if (asked === undefined || firmware !== 'uefi' || last === undefined) {
        return undefined;
      }
      return last.name === 'core' || last.name === 'loader'
        ? finding(
            {
              cause:
                'shim did not accept GRUB under Secure Boot: its signature does not match, or the firmware has revoked it',
              fix: 'Run "pxeboot images verify"; if the files are intact, fetch newer ones with "pxeboot sync".',
            },
            last,
            asked,
          )
        : undefined;
    },
  },
  stoppedAt('no-menu', 'core', ({ path }, boot) => ({
    cause: `the machine has ${path.slice(1)} but has not requested its menu`,
    fix: noMenuFix(boot),
  })),
  stoppedWithin('stopped-within-kernel', 'kernel'),
  stoppedWithin('stopped-within-initrd', 'initrd'),
  stoppedAt('no-initrd', 'kernel', ({ path }) =>
    entryOf(path) === undefined
      ? {
          cause: 'the machine has the kernel but has not requested the initrd',
          fix: 'Check its memory: the installer needs 512 MB or more. If Secure Boot refused the kernel, the screen shows that.',
        }
      : undefined,
  ),
];

function isUefiTransfer(blksize: number | undefined, windowsize: number | undefined): boolean {
  return blksize === 1468 || (windowsize ?? 1) > 1;
}

function loaderFix({ firmware }: Boot, { path }: BootStage): string {
  return firmware === 'uefi'
    ? `Check that ${path.slice(path.lastIndexOf('/') + 1)} matches the machine's architecture. Secure Boot refuses it if the firmware trusts only Microsoft's own keys: allow the "Microsoft 3rd Party UEFI CA" in its setup.`
    : 'Check that DHCP sends this machine only next-server and the boot file, without options 209 and 210 for another boot server.';
}

function noMenuFix({ firmware }: Boot): string {
  return firmware === 'uefi'
    ? 'Look at its screen: "Verification failed" means that shim did not accept GRUB under Secure Boot; run "pxeboot images verify", then "pxeboot sync".'
    : 'Look at its screen: a message there says why the loader stopped. Check that DHCP does not send options 209 and 210 for another boot server.';
}
