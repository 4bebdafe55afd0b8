/** Entry that the cursor can select. Separators and disabled entries are left out. */
export interface MenuEntry {
  /**
   * Identifier: `LABEL` in syslinux (for a submenu, the tag of `MENU BEGIN`), `--id` in GRUB, the item's
   * label in iPXE; '' if there is none.
   */
  readonly id: string;
  /** Text on the screen. */
  readonly text: string;
  /** Entries of a submenu. */
  readonly submenu?: readonly MenuEntry[];
}

/** A menu as the machine shows it. */
export interface BootMenu {
  readonly title: string;
  readonly entries: readonly MenuEntry[];
}
