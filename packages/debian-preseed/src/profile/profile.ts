/**
 * Description of a machine to install. Every key is optional, but someone must be able to log in: `user`,
 * `root`, or both.
 */
export interface PreseedProfile {
  /** Locale of the system, as in `de_DE.UTF-8`. @default 'en_US.UTF-8' */
  readonly locale?: string;
  /** Keyboard layout, as in `de` or `es(cat)`. @default 'us' */
  readonly keymap?: string;
  /** Time zone, as in `Europe/Berlin`. @default 'Etc/UTC' */
  readonly timezone?: string;
  /** Host name. @default the name that DHCP or reverse DNS gives */
  readonly hostname?: string;
  /** Domain name. @default the name that DHCP or reverse DNS gives */
  readonly domain?: string;
  /** Mirror to install from. @default ftp.debian.org */
  readonly mirror?: MirrorProfile;
  /** URL of an HTTP proxy for the mirror. @default none */
  readonly proxy?: string;
  /** Disk and its layout. */
  readonly disk?: DiskProfile;
  /** First user. @default none, so that root must be able to log in */
  readonly user?: UserProfile;
  /** Login as root. @default none: the user becomes root with sudo */
  readonly root?: RootProfile;
  /** Packages to install, on top of those in the tasks. @default none */
  readonly packages?: readonly string[];
  /** Tasks of tasksel, as in `standard` or `gnome-desktop`. @default ['standard'] */
  readonly tasks?: readonly string[];
  /** Parameters for the kernel of the installed system, as in `console=ttyS0`. @default none */
  readonly kernelArgs?: string;
  /** Action after the installation. @default 'reboot' */
  readonly finish?: 'reboot' | 'poweroff' | 'halt';
  /**
   * Shell commands that the installer runs once it has read the preseed. Each is one line and runs in a
   * separate shell; the first that fails ends the list, and the installer shows an error.
   *
   * @default none
   */
  readonly earlyCommands?: readonly string[];
  /**
   * Shell commands that run at the end of the installation, like {@link PreseedProfile.earlyCommands}.
   * The new system is at `/target`; `in-target COMMAND` runs a command there.
   *
   * @default none
   */
  readonly lateCommands?: readonly string[];
  /**
   * Lines of a preseed file, which come last and so override all others. Each must be one statement
   * or comment; a statement may continue over several lines.
   *
   * @default none
   */
  readonly raw?: readonly string[];
}

/** Mirror of the Debian archive. */
export interface MirrorProfile {
  /** Host name or address, with a port if it is not the usual one. */
  readonly host: string;
  /** Directory of the archive. @default '/debian' */
  readonly directory?: string;
  /** Protocol. @default 'http' */
  readonly protocol?: 'http' | 'https';
}

/** Disk of the new system. */
export interface DiskProfile {
  /**
   * Device file of the disk, as in `/dev/sda`, or `first` for the first disk that the installer lists.
   *
   * @default the only disk; the installer asks if there are more
   */
  readonly device?: string;
  /**
   * Partitions: all in one, or a separate `/home`, or separate `/home`, `/var` and `/tmp`.
   *
   * @default 'atomic'
   */
  readonly layout?: 'atomic' | 'home' | 'multi';
  /**
   * Plain partitions, logical volumes, or logical volumes inside an encrypted partition.
   *
   * @default 'regular'
   */
  readonly method?: 'regular' | 'lvm' | 'crypto';
  /**
   * Passphrase of the encrypted partition. Required for `crypto`, refused for other methods. The preseed
   * contains it in plain text. At least 8 characters.
   */
  readonly passphrase?: string;
  /** Overwrites the encrypted partition with random data first, which takes hours. @default false */
  readonly erase?: boolean;
}

/** First user of the new system. */
export interface UserProfile {
  /** Login name. */
  readonly name: string;
  /** Full name. @default the login name */
  readonly fullName?: string;
  /** Crypted password, as `mkpasswd -m yescrypt` prints it. @default none: login by SSH key only */
  readonly passwordHash?: string;
  /** SSH public keys that may log in, each as one line of `authorized_keys` without options. @default none */
  readonly sshKeys?: readonly string[];
}

/** Login as root. */
export interface RootProfile {
  /** Crypted password, as `mkpasswd -m yescrypt` prints it. @default none: login by SSH key only */
  readonly passwordHash?: string;
  /** SSH public keys that may log in, each as one line of `authorized_keys` without options. @default none */
  readonly sshKeys?: readonly string[];
}
