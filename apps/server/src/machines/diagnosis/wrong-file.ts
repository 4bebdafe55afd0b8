import { isRaspberryPiFile } from '../../namespace/raspberry-pi.js';
import { type Boot, type RefusedFile, stageOf } from '../boot.js';
import { type Explanation, type Finding, finding, type Rule } from './rule.js';

const DHCP_HINT =
  'Change the boot file in your DHCP server; "pxeboot dhcp" prints the configuration.';

/** Rule about a missing boot file whose name reveals the problem. */
export type MissingFileRule =
  | 'url-as-file-name'
  | 'quoted-file-name'
  | 'wrong-case'
  | 'directory-before-loader'
  | ForeignLoaderRule;

type ForeignLoaderRule =
  | 'ipxe-bios-loader'
  | 'ipxe-efi-loader'
  | 'removable-media-loader'
  | 'windows-loader-bios'
  | 'windows-loader-efi';

/** Loaders of other boot servers, by rule; matched case-insensitively, without directories. */
const FOREIGN_LOADERS: readonly {
  readonly name: ForeignLoaderRule;
  readonly files: RegExp;
  readonly program: string;
}[] = [
  {
    name: 'ipxe-bios-loader',
    files: /^(?:undionly\.k{0,2}pxe|ipxe\.k{0,2}pxe|netboot\.xyz(?:-undionly)?\.kpxe)$/,
    program: 'iPXE for BIOS',
  },
  {
    name: 'ipxe-efi-loader',
    files: /^(?:(?:ipxe|snp|snponly)(?:-[a-z\d_]+)?|netboot\.xyz(?:-[a-z\d]+)?)\.efi$/,
    program: 'iPXE for UEFI',
  },
  {
    name: 'removable-media-loader',
    files: /^boot(?:x64|aa64|ia32)\.efi$/,
    program: 'the loader of a USB stick or a disk',
  },
  {
    name: 'windows-loader-bios',
    files: /^(?:wdsnbp\.com|pxeboot\.(?:n12|com))$/,
    program: 'Windows Deployment Services for BIOS',
  },
  {
    name: 'windows-loader-efi',
    files: /^(?:bootmgfw|wdsmgfw|bootmgr)\.efi$/,
    program: 'Windows Deployment Services for UEFI',
  },
];

/** Names of this server's loaders, anywhere in a path. */
const OWN_LOADERS = /(?:lpxelinux\.0|pxelinux\.0|bootnet(?:x64|aa64|ia32)\.efi)/i;

function baseName(path: string): string {
  return path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
}

/** Parts of a refused file from which it can be explained. */
type MissingFile = Pick<RefusedFile, 'path' | 'transport'>;

/** Explains a missing boot file by its name. */
interface FileRule<Name extends string = MissingFileRule> {
  readonly name: Name;
  readonly explain: (file: MissingFile) => Explanation | undefined;
}

function fileRule(name: MissingFileRule, explain: FileRule['explain']): FileRule {
  return { name, explain };
}

/**
 * Returns a rule about the files that a boot requested but that do not exist, for boots that have not reached
 * any stage.
 */
function bootRule({ name, explain }: FileRule<string>): Rule {
  return {
    name,
    find(boot) {
      if (boot.stages.length > 0) {
        return undefined;
      }
      for (const file of boot.refused) {
        const found = file.result === 'notFound' ? explain(file) : undefined;
        if (found !== undefined) {
          return finding(found, file);
        }
      }
      return undefined;
    },
  };
}

/**
 * Explains, based on its name, why a boot file does not exist.
 *
 * @returns undefined if no rule matches
 */
export function explainMissingFile(
  file: MissingFile,
): (Explanation & { readonly rule: MissingFileRule }) | undefined {
  for (const { name, explain } of FILE_RULES) {
    const found = explain(file);
    if (found !== undefined) {
      return { rule: name, ...found };
    }
  }
  return undefined;
}

const FILE_RULES: readonly FileRule[] = [
  fileRule('url-as-file-name', ({ path, transport }) => {
    if (transport !== 'tftp' || !/^\/?(?:https?|tftp):/i.test(path)) {
      return undefined;
    }
    // Normalising the path removed one slash of the URL.
    const url = path.replace(/^\/?([a-z]+):\/*/i, '$1://');
    return {
      cause: `DHCP names a URL as the boot file (${url}), and this firmware requests a file with that name over TFTP`,
      fix: 'Set only the file name, such as "lpxelinux.0", and put the address in next-server; a URL is for HTTP Boot (vendor class HTTPClient) and iPXE.',
    };
  }),
  fileRule('quoted-file-name', ({ path }) => {
    const name = baseName(path);
    if (!/["';]/.test(name) || !OWN_LOADERS.test(name)) {
      return undefined;
    }
    return {
      cause: `the boot file in DHCP has quotes or a semicolon (${name})`,
      fix: 'Remove them: your DHCP server sends the value unchanged.',
    };
  }),
  fileRule('wrong-case', ({ path }) => {
    const name = baseName(path);
    const own = new RegExp(`^${OWN_LOADERS.source}$`, 'i').test(name);
    if (!own || name === name.toLowerCase()) {
      return undefined;
    }
    return {
      cause: `the boot file is named ${name}, and file names are case-sensitive`,
      fix: `Set the boot file in DHCP to ${name.toLowerCase()}.`,
    };
  }),
  fileRule('directory-before-loader', ({ path }) => {
    const name = baseName(path);
    if (!new RegExp(`^${OWN_LOADERS.source}$`).test(name) || path === `/${name}`) {
      return undefined;
    }
    return {
      cause: `DHCP names ${path}, the path of ${name} on another boot server`,
      fix: `Set the boot file in DHCP to ${name}, without a directory.`,
    };
  }),
  ...FOREIGN_LOADERS.map(({ name, files, program }) =>
    fileRule(name, ({ path }) => {
      const file = baseName(path.toLowerCase());
      return files.test(file)
        ? { cause: `DHCP names ${file}, ${program}, which is not served here`, fix: DHCP_HINT }
        : undefined;
    }),
  ),
];

const RASPBERRY_PI: FileRule<string> = {
  name: 'raspberry-pi',
  explain: ({ path }) =>
    isRaspberryPiFile(path)
      ? {
          cause: "a Raspberry Pi requests its firmware, which is not part of Debian's installer",
          fix: 'Start UEFI or U-Boot from its SD card or flash; see https://github.com/pxeboot/pxeboot/blob/main/docs/boot-walkthrough.md.',
        }
      : undefined,
};

/** Rules about a wrong first file: one that does not exist here, or GRUB in place of shim. */
export const WRONG_FILE_RULES: readonly Rule[] = [
  ...FILE_RULES.map(bootRule),
  { name: 'grub-without-shim', find: grubWithoutShim },
  bootRule(RASPBERRY_PI),
];

const GRUB = /^grub(?:net)?(?:x64|aa64|ia32)?\.efi(?:\.signed)?$/;

/**
 * Finds GRUB as the boot file: under a name that is not served here, or as the file that is served here for
 * shim. Without Secure Boot, firmware can start the latter, which then requests its menu.
 */
function grubWithoutShim(boot: Boot, isQuiet: boolean): Finding | undefined {
  const shim = 'Secure Boot needs shim to start GRUB';
  const missing = boot.refused.find(
    ({ result, path }) => result === 'notFound' && GRUB.test(baseName(path.toLowerCase())),
  );
  if (boot.stages.length === 0) {
    return missing === undefined
      ? undefined
      : finding(
          {
            cause: `DHCP names ${baseName(missing.path.toLowerCase())}, which is not served here; ${shim}`,
            fix: DHCP_HINT,
          },
          missing,
        );
  }
  const core = stageOf(boot, 'core');
  const isOnlyOne = boot.stages.length === 1 && core?.result === 'delivered';
  return isOnlyOne && isQuiet && boot.firmware === 'uefi'
    ? finding(
        {
          cause: `the machine has ${core.path.slice(1)}, and has requested nothing after it; ${shim}`,
          fix: 'Make DHCP name bootnetx64.efi (arm64: bootnetaa64.efi) instead; "pxeboot dhcp" prints the configuration.',
        },
        core,
      )
    : undefined;
}
