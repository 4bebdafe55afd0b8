/** The user whose password opens everything. */
export const MASTER = 'master';

/**
 * The user name that GRUB asks for together with an item's password: the id. GRUB separates the names
 * of a list by any of `,;|&`, so these are spelled `%2c` and so on, and no item may be called as the
 * master is: its password would replace the master's.
 */
export function userName(id: string): string {
  if (id === MASTER) {
    return `%${id}`;
  }
  return id.replaceAll(/[%,;|&]/g, (char) => `%${char.charCodeAt(0).toString(16)}`);
}
