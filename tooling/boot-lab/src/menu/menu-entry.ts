/** An entry that the cursor can stand on: separators and disabled entries are not among them. */
export interface MenuEntry {
  /** The entry's label (in syslinux `LABEL`, for a submenu the tag of `MENU BEGIN`), or ''. */
  readonly id: string;
  /** Text on the screen. */
  readonly text: string;
  /** The entries behind it, when it is a submenu. */
  readonly submenu?: readonly MenuEntry[];
}

/** A menu as the machine shows it. */
export interface BootMenu {
  readonly title: string;
  readonly entries: readonly MenuEntry[];
}
