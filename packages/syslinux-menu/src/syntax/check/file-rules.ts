import { type SourceSpan } from '../../diagnostics/diagnostic.js';
import { baseName, parseNetworkName } from '../../model/paths.js';
import { byteString, decodeText } from '../../text/encoding.js';
import { quoted } from '../../text/text.js';
import { type Command, menuProgramOf, parseCommand, wordsIn } from '../language/command.js';
import { wordAt } from '../language/keyword.js';
import { type LoadedEntry } from '../language/loaded.js';
import { type Files, type Rules } from './report.js';

/** Maximum number of PATH directories to search: each costs a lookup per file. */
const MAX_DIRECTORIES = 64;

/**
 * Libraries that modules need (their ELF NEEDED entries), including those that the libraries themselves need.
 */
const LIBRARIES: ReadonlyMap<string, readonly string[]> = new Map([
  ['menu.c32', ['libutil.c32']],
  ['vesamenu.c32', ['libcom32.c32', 'libutil.c32']],
  ['chain.c32', ['libcom32.c32', 'libutil.c32']],
  ['pxechn.c32', ['libcom32.c32', 'libutil.c32']],
  ['reboot.c32', ['libcom32.c32']],
  ['linux.c32', ['libcom32.c32']],
  ['config.c32', ['libcom32.c32']],
  ['ifcpu64.c32', ['libcom32.c32']],
  ['mboot.c32', ['libcom32.c32']],
  ['whichsys.c32', ['libcom32.c32']],
  ['hdt.c32', ['libcom32.c32', 'libutil.c32', 'libgpl.c32', 'libmenu.c32']],
  ['cmenu.c32', ['libcom32.c32', 'libutil.c32', 'libmenu.c32']],
]);

/** First bytes of a module of syslinux 5 and later: ELF. */
const ELF = '\x7fELF';

/** First bytes of a module of syslinux 4 and earlier: COM32R. */
const COM32R = '\xb8\xff\x4c\xcd\x21';

/** Purpose of a file. A `picture` is any file that is only shown; without it, entries still boot. */
type Use = 'module' | 'file' | 'picture';

/**
 * Reports files that the configuration names and that are missing or belong to another version of
 * syslinux.
 */
export function checkFiles(rules: Rules, files: Files): void {
  new FileRules(rules, files).check();
}

class FileRules {
  readonly #rules: Rules;
  readonly #files: Files;
  readonly #directories: readonly string[];
  readonly #checked = new Set<string>();

  constructor(rules: Rules, files: Files) {
    this.#rules = rules;
    this.#files = files;
    this.#directories = [...new Set(rules.checked.main.core.path)].slice(0, MAX_DIRECTORIES);
  }

  check(): void {
    const { main, shown } = this.#rules.checked;
    const { core, config } = main;
    const { start } = this.#rules;
    const span = (core.ui === undefined ? core.spans.default : core.spans.ui) ?? start;
    const command = core.defaultCommand;
    if (command !== undefined) {
      const word = wordAt(command, 0);
      const isLabel = config.menus.some(({ entries }) =>
        entries.some(({ label }) => label !== undefined && wordAt(label, 0) === word),
      );
      if (!isLabel) {
        this.#command(parseCommand(command), span);
      }
    }
    for (const { kind, file, span: at } of core.files) {
      this.#need(file, kind === 'font' || kind === 'kbdmap' ? 'file' : 'picture', at);
    }
    for (const menu of shown === config ? config.menus : [...config.menus, ...shown.menus]) {
      if (menu.background !== '' && !menu.background.startsWith('#')) {
        this.#need(menu.background, 'picture', menu.span);
      }
      for (const entry of menu.entries) {
        this.#entry(entry);
      }
    }
    this.#loader();
  }

  #entry({ action, commandLine, boot, span }: LoadedEntry): void {
    if (action !== 'command' || commandLine === undefined) {
      return;
    }
    const command = parseCommand(commandLine);
    if (boot.isGiven) {
      this.#command(command, span);
    }
    if (command.type !== 'linux') {
      return;
    }
    const list = /(?:^| )initrd=([^ ]*)/.exec(commandLine.slice(0, 4096))?.[1] ?? '';
    for (const name of list.split(',', 16)) {
      if (name !== '') {
        this.#need(name, 'file', span);
      }
    }
  }

  #command(command: Command, span: SourceSpan): void {
    const { type, file, args } = command;
    if (type === 'localboot') {
      return;
    }
    if (type === 'com32') {
      this.#need(file.endsWith('.c32') ? file : `${file}.c32`, 'module', span);
      if (menuProgramOf(command) !== undefined) {
        for (const name of wordsIn(args)) {
          if (name !== '~') {
            this.#need(name, 'file', span);
          }
        }
      }
    } else {
      this.#need(file, 'file', span);
    }
  }

  #need(name: string, use: Use, span: SourceSpan): void {
    if (name === '' || this.#checked.has(name)) {
      return;
    }
    this.#checked.add(name);
    const path = decodeText(name, 'utf-8');
    // Files on other servers cannot be checked.
    const parsed = parseNetworkName(path);
    if (parsed.type === 'url' || (parsed.type === 'tftp' && parsed.host !== '')) {
      return;
    }
    const found = this.#find(path, use);
    if (found === undefined) {
      const message = `${quoted(path)} is named here but missing`;
      this.#rules.tell(use === 'picture' ? 'note' : 'error', 'missing-file', message, span);
    } else if (use === 'module') {
      this.#module(path, found, span);
    }
  }

  /** Returns the name under which the file exists; undefined if it is missing. */
  #find(name: string, use: Use): string | undefined {
    const { hasFile } = this.#files;
    if (hasFile(name)) {
      return name;
    }
    const directory =
      use === 'file' ? undefined : this.#directories.find((path) => hasFile(joined(path, name)));
    return directory === undefined ? undefined : joined(directory, name);
  }

  /** Checks an existing module: its libraries, and a loader of its kind, must exist as well. */
  #module(name: string, found: string, span: SourceSpan): void {
    const { readStart } = this.#files;
    const start = readStart?.(found);
    const head = start === undefined ? '' : byteString(start.subarray(0, 5));
    const hasCore = this.#find('ldlinux.c32', 'module') !== undefined;
    if (head.startsWith(COM32R) && hasCore) {
      const what = `${quoted(name)} is a module of syslinux 4 or earlier, but ldlinux.c32 next to it is of a later version; use both from the same version`;
      this.#rules.tell('error', 'other-module-kind', what, span);
      return;
    }
    if (head.startsWith(ELF) && !hasCore) {
      const what = `${quoted(name)} is a module of syslinux 5 or later, which needs ldlinux.c32, but that is missing`;
      this.#rules.tell('error', 'missing-library', what, span);
    } else if (head !== '' && !head.startsWith(ELF) && !head.startsWith(COM32R)) {
      this.#rules.tell(
        'error',
        'other-module-kind',
        `${quoted(name)} is not a module of syslinux`,
        span,
      );
      return;
    }
    if (head.startsWith(COM32R)) {
      return;
    }
    const missing = (LIBRARIES.get(baseName(name)) ?? []).filter(
      (library) => this.#find(library, 'module') === undefined,
    );
    if (missing.length > 0) {
      const what = `${quoted(name)} needs ${missing.join(' and ')}, which ${missing.length === 1 ? 'is' : 'are'} missing`;
      this.#rules.tell('error', 'missing-library', what, span);
    }
  }

  /** Reports the first http or ftp URL if there is only a pxelinux.0, which cannot fetch it. */
  #loader(): void {
    const { hasFile } = this.#files;
    if (hasFile('lpxelinux.0') || !hasFile('pxelinux.0')) {
      return;
    }
    const url = this.#rules.checked.main.directives.find(({ value }) =>
      /(?:^|[\s,=])(?:http|ftp):\/\//i.test(value),
    );
    if (url === undefined) {
      return;
    }
    const what = 'pxelinux.0 cannot fetch http:// or ftp:// URLs; lpxelinux.0 can, but is missing';
    this.#rules.tell('warning', 'needs-lpxelinux', what, url.span);
  }
}

function joined(directory: string, name: string): string {
  return directory.endsWith('/') ? `${directory}${name}` : `${directory}/${name}`;
}
