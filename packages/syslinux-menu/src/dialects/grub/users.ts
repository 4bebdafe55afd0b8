/** User whose password unlocks every item. */
export const MASTER = 'master';

/**
 * Returns the user name that GRUB asks for together with an item's password: the id. GRUB separates
 * the names of a list by any of `,;|&`, so these are written as `%2c` and so on. An item cannot
 * have the master's name: its password would replace the master's.
 */
export function userName(id: string): string {
  if (id === MASTER) {
    return `%${id}`;
  }
  return id.replaceAll(/[%,;|&]/g, (char) => `%${char.charCodeAt(0).toString(16)}`);
}
