import {
  isBiosOnly,
  isBiosProgram,
  isRealModeKernel,
  isUnsignedOnly,
} from '../../dialect/bios-only.js';
import {
  type Dialect,
  type PathResolver,
  type PathRole,
  type RenderContext,
  type RenderOptions,
} from '../../dialect/dialect.js';
import { render, type RenderResult, safeRender } from '../../dialect/render.js';
import { splitArguments, unquotedArgument } from '../../model/arguments.js';
import {
  type BootEntry,
  type ChainEntry,
  type LinuxEntry,
  type LocalBootEntry,
  type Menu,
  type MenuItem,
  type Submenu,
  type SyslinuxEntry,
} from '../../model/menu.js';
import { walkItems } from '../../model/walk.js';
import { isGrubHash } from '../../validate/item-rules.js';
import { entryPosition } from './default-path.js';
import { losses, obstacle } from './expressible.js';
import { nameFault } from './file-name.js';
import { localBoot } from './local-boot.js';
import { grubPaths } from './paths.js';
import { isMangled, quote, quoteName, quoteWord } from './quote.js';
import { pictureOf, writeScreen, writeSettings } from './settings.js';
import { MASTER, userName } from './users.js';

/** Options for rendering a menu for GRUB. */
export interface RenderGrubOptions extends RenderOptions {
  /**
   * Translates paths into GRUB's. GRUB replaces `${variable}` in the resolver's result with the
   * variable's value, unless the path contains a variable, too.
   *
   * @default `grubPaths()`: files on the server that GRUB came from
   */
  readonly resolve?: PathResolver;
  /**
   * Path of the theme file made by `renderGrubTheme`, which draws the title, picture, countdown and
   * entries in colour.
   *
   * @default none: GRUB's own text menu
   */
  readonly theme?: string;
}

/** The script language of GRUB 2.06 and later. */
export const grub: Dialect<RenderGrubOptions> = {
  name: 'GRUB',
  obstacle,
  losses,
  write: (context, options) => {
    reportSettings(context, options);
    return new GrubScript(context, options).render();
  },
};

/**
 * Renders a menu as a `grub.cfg` for GRUB 2.06 and later.
 *
 * Password hashes must be GRUB's own (`grub-mkpasswd-pbkdf2`); GRUB also asks for a user name,
 * which is the item's id (with `,`, `;`, `|`, `&` and `%` spelled as in URLs), or `master`. A
 * hotkey starts its entry immediately. Entries that only a BIOS can start are hidden under UEFI.
 *
 * @throws {@link MenuError} with code `ERR_MENU_NOTHING_LEFT` when nothing could be started
 */
export function renderGrub(menu: Menu, options: RenderGrubOptions = {}): string {
  return render(menu, grub, options);
}

/** Same as {@link renderGrub}, but returns the findings and does not throw. */
export function safeRenderGrub(menu: Menu, options: RenderGrubOptions = {}): RenderResult {
  return safeRender(menu, grub, options);
}

/** Reports the settings of the menu itself that GRUB cannot follow. */
function reportSettings(
  { menu, unattended, report }: RenderContext,
  { theme }: RenderGrubOptions,
): void {
  if (theme === undefined && menu.title !== '') {
    report('note', 'not-shown', 'GRUB does not show titles without a theme file', 'title');
  }
  if (theme === undefined && pictureOf(menu) !== undefined) {
    const message = 'GRUB shows no pictures without a theme file';
    report('note', 'not-shown', message, 'theme.background');
  }
  if (menu.interaction === 'prompt') {
    report('note', 'not-shown', 'GRUB has no boot: prompt; it shows a menu', 'interaction');
  }
  if (menu.startId !== undefined) {
    report('note', 'not-started-first', 'GRUB shows the top menu first', 'startId');
  }
  if (unattended !== undefined && menu.selectedId !== undefined) {
    const message =
      'GRUB boots the selected entry after the timeout, so the menu selects the default entry and not the one in selectedId';
    report('note', 'selected-differs', message, 'selectedId');
  }
}

/** Items that GRUB can start. */
type GrubEntry = Exclude<BootEntry, SyslinuxEntry>;

/** Writes one menu. */
class GrubScript {
  readonly #context: RenderContext;
  readonly #resolve: PathResolver;
  readonly #theme: string | undefined;
  /** True if editing is restricted or any item is locked, so that the others need `--unrestricted`. */
  readonly #restricted: boolean;
  readonly #lines: string[] = [];

  constructor(context: RenderContext, { resolve = grubPaths(), theme }: RenderGrubOptions) {
    const { menu, leftOut } = context;
    this.#context = context;
    this.#resolve = resolve;
    this.#theme = theme;
    this.#restricted =
      menu.allowEditing === false ||
      menu.masterPasswordHash !== undefined ||
      [...walkItems(menu)].some(
        ({ item }) =>
          item.type !== 'separator' && item.passwordHash !== undefined && !leftOut.has(item),
      );
  }

  render(): string {
    const { menu } = this.#context;
    this.#writeChoice();
    this.#lines.push(...writeSettings(menu));
    const theme =
      this.#theme === undefined ? undefined : this.#setting(this.#theme, 'theme', 'theme');
    this.#lines.push(...writeScreen(menu, theme));
    if (this.#restricted) {
      this.#writeUsers();
    }
    this.#writeItems(menu.items, '', 0);
    return `${this.#lines.join('\n')}\n`;
  }

  /**
   * Writes the selected entry and the timeout. Under UEFI there may be fewer entries to count, and under Secure
   * Boot fewer still.
   */
  #writeChoice(): void {
    const { menu, leftOut, unattended, report } = this.#context;
    const id = unattended?.entry.id ?? menu.selectedId ?? menu.defaultId;
    const seconds = unattended === undefined ? -1 : Math.ceil(unattended.seconds);
    if (unattended !== undefined && seconds !== unattended.seconds) {
      const message = `GRUB counts in whole seconds: ${unattended.seconds} s is rounded up to ${seconds} s`;
      report('note', 'rounded-timeout', message, 'timeoutSeconds');
    }
    const isShown = (item: MenuItem): boolean => !leftOut.has(item);
    const isShownByUefi = (item: MenuItem): boolean => isShown(item) && !isBiosOnly(item, leftOut);
    const isShownLocked = (item: MenuItem): boolean =>
      isShownByUefi(item) && !isUnsignedOnly(item, leftOut);
    const positionOf = (isCounted: (item: MenuItem) => boolean): string | undefined =>
      id === undefined ? undefined : entryPosition(menu, id, isCounted);
    const choice = (position: string | undefined): readonly string[] =>
      position === undefined
        ? [`set timeout=${id === undefined ? seconds : -1}`]
        : [`set default='${position}'`, `set timeout=${seconds}`];
    // If an entry cannot be started, no other entry may start instead, except for the disk.
    const disk = menu.items.find(
      (item): item is LocalBootEntry => item.type === 'local' && isShown(item),
    );
    const onDisk =
      disk === undefined || unattended === undefined
        ? undefined
        : entryPosition(menu, disk.id, isShownLocked);
    const uefi = positionOf(isShownByUefi);
    const locked = uefi === undefined ? undefined : (positionOf(isShownLocked) ?? onDisk);
    this.#lines.push(
      ...branches(
        [
          { test: '"$grub_platform" = pc', lines: choice(positionOf(isShown)) },
          { test: '"$lockdown" != y', lines: choice(uefi) },
        ],
        choice(locked),
      ),
    );
  }

  /**
   * Writes the superusers, and a user for each locked item. Without superusers, GRUB asks for no password at
   * all; with an empty list, nobody can edit entries.
   */
  #writeUsers(): void {
    const { menu, leftOut, report } = this.#context;
    const { masterPasswordHash: hash } = menu;
    const isMaster = hash !== undefined && isGrubHash(hash);
    if (hash !== undefined && !isMaster) {
      const message =
        'GRUB cannot check the master password; nobody can edit entries. Give it a grub.pbkdf2.sha512 hash';
      report('warning', 'master-password', message, 'masterPasswordHash');
    }
    this.#lines.push(`set superusers='${isMaster ? MASTER : ''}'`, 'export superusers');
    if (isMaster) {
      this.#lines.push(`password_pbkdf2 ${MASTER} ${hash}`);
    }
    for (const { item } of walkItems(menu)) {
      if (item.type === 'separator' || leftOut.has(item)) {
        continue;
      }
      if (item.passwordHash !== undefined) {
        const user = quoteWord(userName(item.id));
        this.#lines.push(`password_pbkdf2 ${user} ${item.passwordHash}`);
      }
    }
  }

  #writeItems(items: readonly MenuItem[], prefix: string, depth: number): void {
    for (const [index, item] of items.entries()) {
      if (this.#context.leftOut.has(item)) {
        continue;
      }
      const path = `${prefix}items[${index}]`;
      // Esc goes back; entries that only syslinux can start were left out before.
      if (item.type === 'separator' || item.type === 'back' || item.type === 'syslinux') {
        continue;
      }
      const test = shownIf(item, this.#context.leftOut);
      const isHidden = test !== undefined;
      const level = isHidden ? depth + 1 : depth;
      const outer = '  '.repeat(depth);
      const indent = '  '.repeat(level);
      if (isHidden) {
        this.#lines.push(`${outer}if [ ${test} ]; then`);
      }
      this.#lines.push(`${indent}${this.#head(item, path)} {`);
      if (item.type === 'submenu') {
        this.#writeItems(item.items, `${path}.`, level + 1);
      } else {
        this.#lines.push(...this.#commands(item, path).map((line) => `${indent}  ${line}`));
      }
      this.#lines.push(`${indent}}`);
      if (isHidden) {
        this.#lines.push(`${outer}fi`);
      }
    }
  }

  #head(item: GrubEntry | Submenu, path: string): string {
    const blanks = item.type === 'submenu' ? '' : ' '.repeat(item.indent ?? 0);
    const words = [
      item.type === 'submenu' ? 'submenu' : 'menuentry',
      quote(`${blanks}${item.label}`),
      `--id ${quote(item.id)}`,
    ];
    const hotkey = item.hotkey?.toLowerCase();
    if (hotkey === 'c' || hotkey === 'e') {
      const message = `hotkey "${hotkey}" opens GRUB's command line or editor; choose another letter`;
      this.#context.report('note', 'hotkey-taken', message, `${path}.hotkey`);
    } else if (hotkey !== undefined) {
      words.push(`--hotkey=${quoteWord(hotkey)}`);
    }
    if (item.passwordHash !== undefined) {
      words.push(`--users ${quoteWord(userName(item.id))}`);
    } else if (this.#restricted) {
      words.push('--unrestricted');
    }
    return words.join(' ');
  }

  #commands(item: GrubEntry, path: string): readonly string[] {
    switch (item.type) {
      case 'linux':
        return this.#linux(item, path);
      case 'local':
        return localBoot(item);
      case 'chain':
        return this.#chain(item, path);
      case 'reboot':
        return ['reboot'];
      case 'poweroff':
        return ['halt'];
    }
  }

  #chain({ program }: ChainEntry, path: string): readonly string[] {
    const file = this.#file(program, 'program', `${path}.program`);
    return [`${isBiosProgram(program) ? 'pxechainloader' : 'chainloader'} ${file}`];
  }

  #linux(entry: LinuxEntry, path: string): readonly string[] {
    const args = splitArguments(entry.args ?? '').map(unquotedArgument);
    if (args.some(isMangled)) {
      const message =
        'GRUB puts a backslash before each single quote and backslash in the arguments; avoid these characters';
      this.#context.report('warning', 'mangled-argument', message, `${path}.args`);
    }
    const is16 = isRealModeKernel(entry.kernel);
    const kernel = this.#file(entry.kernel, 'kernel', `${path}.kernel`);
    const words = [
      is16 ? 'linux16' : 'linux',
      kernel,
      ...(entry.appendBootif === true ? ['BOOTIF=01-$net_default_mac'] : []),
      ...args.map(quoteWord),
    ];
    const files = (entry.initrd ?? []).map((file) => this.#file(file, 'initrd', `${path}.initrd`));
    const initrd =
      files.length === 0
        ? []
        : ["echo 'Loading the initrd ...'", `${is16 ? 'initrd16' : 'initrd'} ${files.join(' ')}`];
    const tree =
      entry.deviceTree === undefined
        ? []
        : [`devicetree ${this.#file(entry.deviceTree, 'device-tree', path)}`];
    // GRUB prints nothing while it loads a kernel, which can take a while.
    return ["echo 'Loading the kernel ...'", words.join(' '), ...initrd, ...tree];
  }

  /** Returns the word for an item's file. If GRUB cannot load it, the item is left out. */
  #file(value: string, role: PathRole, path: string): string {
    const name = this.#resolve(value, role);
    const fault = nameFault(name, value);
    if (fault !== undefined) {
      this.#context.fault('unusable-file-name', fault, path);
    }
    return quoteName(name ?? '', value);
  }

  /** Returns the name of a file of the menu itself; undefined if GRUB cannot load it. */
  #setting(value: string, role: PathRole, path: string): string | undefined {
    const name = this.#resolve(value, role);
    const fault = nameFault(name, value);
    if (fault === undefined) {
      return name;
    }
    this.#context.report('warning', 'unusable-file-name', fault, path);
    return undefined;
  }
}

/** Returns the test whose failure hides an item; undefined if it is always shown. */
function shownIf(item: MenuItem, leftOut: ReadonlySet<MenuItem>): string | undefined {
  if (isBiosOnly(item, leftOut)) {
    return '"$grub_platform" = pc';
  }
  return isUnsignedOnly(item, leftOut) ? '"$lockdown" != y' : undefined;
}

interface Branch {
  /** Test for GRUB's `[` command. */
  readonly test: string;
  readonly lines: readonly string[];
}

/**
 * Returns a chain of tests, without those at its end that make no difference.
 *
 * @param last - lines that apply if every test fails
 */
function branches(all: readonly Branch[], last: readonly string[]): readonly string[] {
  const isOther = ({ lines }: Branch): boolean => lines.join('\n') !== last.join('\n');
  const needed = all.slice(0, all.map(isOther).lastIndexOf(true) + 1);
  if (needed.length === 0) {
    return last;
  }
  const indented = (lines: readonly string[]): string[] => lines.map((line) => `  ${line}`);
  return [
    ...needed.flatMap(({ test, lines }, index) => [
      `${index === 0 ? 'if' : 'elif'} [ ${test} ]; then`,
      ...indented(lines),
    ]),
    'else',
    ...indented(last),
    'fi',
  ];
}
