/** Entry or submenu of GRUB's menu. */
export interface GrubEntry {
  readonly title: string;
  /** Commands that run when the entry is chosen. */
  readonly commands: readonly string[];
  /** Entries of a submenu; empty for other entries. */
  readonly entries: readonly GrubEntry[];
}

interface OpenEntry extends GrubEntry {
  readonly commands: string[];
  readonly entries: OpenEntry[];
}

const START = /^( *)(?:menuentry|submenu) '(.*)$/;
/** Quote within quotes. */
const QUOTE = String.raw`'\''`;

/** Returns the entries of a script that the server has generated, whose indentation shows the nesting. */
export function grubEntries(script: string): readonly GrubEntry[] {
  const top: OpenEntry[] = [];
  const open: { readonly end: string; readonly entry: OpenEntry }[] = [];
  for (const line of script.split('\n')) {
    const parent = open.at(-1);
    const [, indent = '', rest] = START.exec(line) ?? [];
    if (rest !== undefined) {
      const [quoted = ''] = rest.replaceAll(QUOTE, '\0').split("'");
      const entry = { title: quoted.replaceAll('\0', "'"), commands: [], entries: [] };
      (parent?.entry.entries ?? top).push(entry);
      open.push({ end: `${indent}}`, entry });
    } else if (line === parent?.end) {
      open.pop();
    } else {
      parent?.entry.commands.push(line.trim());
    }
  }
  return top;
}
