import { archFacts } from './arch.js';
import { type ImageTarget } from './selection.js';

/** What an entry of Debian's installer menu does. */
export type InstallerTask = 'install' | 'expert' | 'rescue' | 'auto';

/** How an entry's dialogs are presented: as they are, in high contrast, or spoken aloud. */
export type InstallerStyle = 'plain' | 'dark' | 'speech';

/** Names an entry within its image: a task, and its style unless that is `plain`. */
export type InstallerEntryKind =
  InstallerTask | `${InstallerTask}-${Exclude<InstallerStyle, 'plain'>}`;

/** One entry of Debian's own installer menu, with the exact parameters that Debian gives it. */
export interface InstallerEntry {
  readonly kind: InstallerEntryKind;
  readonly task: InstallerTask;
  readonly style: InstallerStyle;
  /** Debian's label without the mark of the hot key: `Expert install`. */
  readonly label: string;
  /** Debian's label with a caret before the hot key, as syslinux reads it: `E^xpert install`. */
  readonly markedLabel: string;
  /** The hot key, in lower case. */
  readonly hotkey: string;
  /** Kernel parameters before `---`: for the installer itself. */
  readonly kernelArgs: string;
  /** Kernel parameters after `---`: the installer keeps them for the installed system too. */
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

/** What a style adds after everything else. */
const STYLE_ARGS: Readonly<Record<InstallerStyle, readonly string[]>> = {
  plain: [],
  dark: ['theme=dark'],
  speech: ['speakup.synth=soft'],
};

/** The video mode of Debian's menus on PCs; arm64's have none. */
const VIDEO_MODE = 'vga=788';

/**
 * Debian's own menu entries for an image, in the order of its menus: plain, dark, and (graphical
 * images only, since only those hold a synthesiser) spoken.
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
