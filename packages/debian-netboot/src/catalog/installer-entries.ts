import { archFacts } from './arch.js';
import { type ImageTarget } from './selection.js';

/** Task of an entry in Debian's installer menu. */
export type InstallerTask = 'install' | 'expert' | 'rescue' | 'auto';

/** Presentation of an entry's dialogs: default, high contrast, or speech synthesis. */
export type InstallerStyle = 'plain' | 'dark' | 'speech';

/** Name of an entry within its image: its task, followed by its style unless that is `plain`. */
export type InstallerEntryKind =
  InstallerTask | `${InstallerTask}-${Exclude<InstallerStyle, 'plain'>}`;

/** Entry of Debian's own installer menu, with exactly Debian's parameters. */
export interface InstallerEntry {
  readonly kind: InstallerEntryKind;
  readonly task: InstallerTask;
  readonly style: InstallerStyle;
  /** Debian's label without the hotkey mark: `Expert install`. */
  readonly label: string;
  /** Debian's label with a caret before the hotkey, in syslinux syntax: `E^xpert install`. */
  readonly markedLabel: string;
  /** Hotkey, in lower case. */
  readonly hotkey: string;
  /** Kernel parameters before `---`, which only the installer uses. */
  readonly kernelArgs: string;
  /** Kernel parameters after `---`, which the installer also keeps for the installed system. */
  readonly installedArgs: string;
}

interface TaskFacts {
  readonly task: InstallerTask;
  readonly markedLabel: string;
  readonly spokenLabel: string;
  /** Parameters before the video mode. */
  readonly before: readonly string[];
  /** Parameters after the video mode. */
  readonly after: readonly string[];
  readonly installedArgs: string;
}

/**
 * Debian's entries, from `boot-screens/{txt,adtxt,rqtxt,drk,addrk,rqdrk,spk,adspk}.cfg` of the
 * debian-installer source (the same in Debian 11 to 14).
 */
const TASKS: readonly TaskFacts[] = [
  {
    task: 'install',
    markedLabel: '^Install',
    spokenLabel: 'Install with ^speech synthesis',
    before: [],
    after: [],
    installedArgs: 'quiet',
  },
  {
    task: 'expert',
    markedLabel: 'E^xpert install',
    spokenLabel: 'E^xpert speech install',
    before: ['priority=low'],
    after: [],
    installedArgs: '',
  },
  {
    task: 'rescue',
    markedLabel: '^Rescue mode',
    spokenLabel: '^Rescue speech mode',
    before: [],
    after: ['rescue/enable=true'],
    installedArgs: 'quiet',
  },
  {
    task: 'auto',
    markedLabel: '^Automated install',
    spokenLabel: '^Automated speech install',
    before: ['auto=true', 'priority=critical'],
    after: [],
    installedArgs: 'quiet',
  },
];

/** Kernel parameters that each style appends. */
const STYLE_ARGS: Readonly<Record<InstallerStyle, readonly string[]>> = {
  plain: [],
  dark: ['theme=dark'],
  speech: ['speakup.synth=soft'],
};

/** Video mode of Debian's menus on PCs; arm64's menus set none. */
const VIDEO_MODE = 'vga=788';

/**
 * Returns Debian's own menu entries for an image, in the order of its menus: plain, dark, and
 * speech (graphical images only, since only those have a synthesiser).
 */
export function installerEntries(target: ImageTarget): readonly InstallerEntry[] {
  const styles: readonly InstallerStyle[] =
    target.variant === 'gtk' ? ['plain', 'dark', 'speech'] : ['plain', 'dark'];
  const video = archFacts(target.arch).hasBios ? [VIDEO_MODE] : [];
  return styles.flatMap((style) => TASKS.map((facts) => installerEntry(facts, style, video)));
}

function installerEntry(
  facts: TaskFacts,
  style: InstallerStyle,
  video: readonly string[],
): InstallerEntry {
  const markedLabel = style === 'speech' ? facts.spokenLabel : facts.markedLabel;
  const caret = markedLabel.indexOf('^');
  return {
    kind: style === 'plain' ? facts.task : `${facts.task}-${style}`,
    task: facts.task,
    style,
    label: markedLabel.replace('^', ''),
    markedLabel,
    hotkey: markedLabel.charAt(caret + 1).toLowerCase(),
    kernelArgs: [...facts.before, ...video, ...facts.after, ...STYLE_ARGS[style]].join(' '),
    installedArgs: facts.installedArgs,
  };
}
