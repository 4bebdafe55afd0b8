import { type Diagnostic, hasErrors } from '../diagnostic.js';
import { leaveOut, type LeftOutCode } from '../dialect/leave-out.js';
import { type LossCode, reportLosses } from '../dialect/losses.js';
import {
  type BootEntry,
  type LinuxEntry,
  type Menu,
  type MenuItem,
  type Submenu,
  type SyslinuxEntry,
} from '../model/menu.js';
import { walkItems } from '../model/walk.js';
import {
  type PathResolver,
  type PathRole,
  type RenderResult,
  renderResult,
} from '../render-result.js';
import { isGrubHash } from '../validate/item-rules.js';
import { validateMenu } from '../validate/validate-menu.js';
import { defaultPath } from './default-path.js';
import { losses, obstacle } from './expressible.js';
import { LOCAL_BOOT } from './local-boot.js';
import { reportUnusableName } from './file-name.js';
import { grubPaths } from './paths.js';
import { isMangled, quote, quoteWord } from './quote.js';
import { pictureOf, writeScreen, writeSettings } from './settings.js';
import { MASTER, userName } from './users.js';

/** How to render for GRUB. */
export interface RenderGrubOptions {
  /** Turns paths into GRUB's; see `grubPaths`. @default paths stay as they are */
  readonly resolve?: PathResolver;
  /**
   * Path of the file that `renderGrubTheme` makes, which draws the title, the picture, the countdown
   * and the entries in their colours. @default none: GRUB's own text menu
   */
  readonly theme?: string;
}

/** Findings that only rendering for GRUB can make. */
export type GrubRenderCode =
  | LeftOutCode
  | LossCode
  | 'master-password'
  | 'hotkey-taken'
  | 'rounded-timeout'
  | 'mangled-argument'
  | 'unusable-file-name';

/**
 * The menu as a `grub.cfg` for GRUB 2.06 and later.
 *
 * Password hashes must be GRUB's own (`grub-mkpasswd-pbkdf2`); GRUB asks for a user name, too, which
 * is the item's id (with `,`, `;`, `|`, `&` and `%` spelled as in URLs), or `master`. A hotkey starts its entry at once.
 */
export function renderGrub(menu: Menu, options: RenderGrubOptions = {}): RenderResult {
  const diagnostics: Diagnostic[] = [...validateMenu(menu)];
  if (hasErrors(diagnostics)) return { ok: false, diagnostics };
  const leftOut = leaveOut(menu, obstacle, diagnostics);
  reportLosses(menu, losses, diagnostics);
  if (options.theme === undefined) reportThemeless(menu, diagnostics);
  const script = new GrubScript(menu, leftOut, options, diagnostics);
  return renderResult(script.render(), diagnostics);
}

/** Reports what only a theme file shows. */
function reportThemeless(menu: Menu, diagnostics: Diagnostic[]): void {
  const note = { severity: 'note', code: 'not-shown' } as const;
  if (menu.title !== '') {
    const message = 'GRUB shows no titles without a theme file';
    diagnostics.push({ ...note, message, path: 'title' });
  }
  if (pictureOf(menu) !== undefined) {
    const message = 'GRUB shows no pictures without a theme file';
    diagnostics.push({ ...note, message, path: 'theme.background' });
  }
}

/** What GRUB can start. */
type GrubEntry = Exclude<BootEntry, SyslinuxEntry>;

/** Writes one menu. */
class GrubScript {
  readonly #menu: Menu;
  readonly #leftOut: ReadonlySet<MenuItem>;
  readonly #resolve: PathResolver;
  readonly #theme: string | undefined;
  readonly #diagnostics: Diagnostic[];
  /** Whether anything is locked, so that GRUB must be told what is not. */
  readonly #restricted: boolean;
  readonly #lines: string[] = [];

  constructor(
    menu: Menu,
    leftOut: ReadonlySet<MenuItem>,
    { resolve = grubPaths(), theme }: RenderGrubOptions,
    diagnostics: Diagnostic[],
  ) {
    this.#menu = menu;
    this.#leftOut = leftOut;
    this.#resolve = resolve;
    this.#theme = theme;
    this.#diagnostics = diagnostics;
    this.#restricted =
      menu.allowEditing === false ||
      menu.masterPasswordHash !== undefined ||
      [...walkItems(menu)].some(
        ({ item }) =>
          item.type !== 'separator' && item.passwordHash !== undefined && !leftOut.has(item),
      );
  }

  render(): string {
    const menu = this.#menu;
    const position = defaultPath(menu, this.#leftOut);
    if (position !== undefined) this.#lines.push(`set default='${position}'`);
    this.#lines.push(...writeSettings(menu, this.#diagnostics));
    const theme = this.#theme === undefined ? undefined : this.#file(this.#theme, 'theme', 'theme');
    this.#lines.push(...writeScreen(menu, theme));
    if (this.#restricted) this.#writeUsers();
    this.#writeItems(menu.items, '', 0);
    return `${this.#lines.join('\n')}\n`;
  }

  /**
   * Without superusers GRUB asks nobody for anything; with an empty list nobody can edit, and each
   * locked item has a user of its own.
   */
  #writeUsers(): void {
    const { masterPasswordHash } = this.#menu;
    const master = masterPasswordHash === undefined ? '' : MASTER;
    this.#lines.push(`set superusers='${master}'`, 'export superusers');
    if (masterPasswordHash !== undefined) {
      if (!isGrubHash(masterPasswordHash)) {
        this.#report(
          'error',
          'master-password',
          'GRUB cannot check the master password; give it a grub.pbkdf2.sha512 hash',
          'masterPasswordHash',
        );
      }
      this.#lines.push(`password_pbkdf2 ${MASTER} ${masterPasswordHash}`);
    }
    for (const { item } of walkItems(this.#menu)) {
      if (item.type === 'separator' || this.#leftOut.has(item)) continue;
      if (item.passwordHash !== undefined) {
        const user = quoteWord(userName(item.id));
        this.#lines.push(`password_pbkdf2 ${user} ${item.passwordHash}`);
      }
    }
  }

  #writeItems(items: readonly MenuItem[], prefix: string, depth: number): void {
    for (const [index, item] of items.entries()) {
      if (this.#leftOut.has(item)) continue;
      const path = `${prefix}items[${index}]`;
      // Esc goes back; what only syslinux starts was left out before.
      if (item.type === 'separator' || item.type === 'back' || item.type === 'syslinux') continue;
      const indent = '  '.repeat(depth);
      this.#lines.push(`${indent}${this.#head(item, path)} {`);
      if (item.type === 'submenu') this.#writeItems(item.items, `${path}.`, depth + 1);
      else this.#lines.push(...this.#commands(item, path).map((line) => `${indent}  ${line}`));
      this.#lines.push(`${indent}}`);
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
      this.#report(
        'note',
        'hotkey-taken',
        `hotkey "${hotkey}" opens GRUB's command line or editor; choose another letter`,
        `${path}.hotkey`,
      );
    } else if (hotkey !== undefined) {
      words.push(`--hotkey=${quoteWord(hotkey)}`);
    }
    if (item.passwordHash !== undefined) words.push(`--users ${quoteWord(userName(item.id))}`);
    else if (this.#restricted) words.push('--unrestricted');
    return words.join(' ');
  }

  #commands(item: GrubEntry, path: string): readonly string[] {
    switch (item.type) {
      case 'linux':
        return this.#linux(item, path);
      case 'local':
        return LOCAL_BOOT;
      case 'chain':
        return [`chainloader ${quoteWord(this.#file(item.program, 'program', path))}`];
      case 'reboot':
        return ['reboot'];
      case 'poweroff':
        return ['halt'];
    }
  }

  #linux(entry: LinuxEntry, path: string): readonly string[] {
    if (isMangled(entry.args)) {
      this.#report(
        'warning',
        'mangled-argument',
        'GRUB puts a backslash before each quote and backslash of the arguments; avoid them',
        `${path}.args`,
      );
    }
    const words = ['linux', quoteWord(this.#file(entry.kernel, 'kernel', path))];
    if (entry.appendBootif === true) words.push('BOOTIF=01-$net_default_mac');
    words.push(
      ...entry.args
        .split(' ')
        .filter((word) => word !== '')
        .map(quoteWord),
    );
    const files = entry.initrd.map((file) => quoteWord(this.#file(file, 'initrd', path)));
    const initrd =
      files.length === 0 ? [] : ["echo 'Loading the initrd ...'", `initrd ${files.join(' ')}`];
    // GRUB says nothing of its own while it loads, which takes its time.
    return ["echo 'Loading the kernel ...'", words.join(' '), ...initrd];
  }

  #file(value: string, role: PathRole, path: string): string {
    const name = this.#resolve(value, role);
    reportUnusableName(name, path, this.#diagnostics);
    return name;
  }

  #report(
    severity: Diagnostic['severity'],
    code: GrubRenderCode,
    message: string,
    path: string,
  ): void {
    this.#diagnostics.push({ severity, code, message, path });
  }
}
