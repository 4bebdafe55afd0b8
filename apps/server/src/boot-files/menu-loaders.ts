/** Boot loaders that get a menu. */
export const MENU_LOADERS = ['pxelinux', 'grub', 'ipxe', 'u-boot'] as const;

export type MenuFileLoader = (typeof MENU_LOADERS)[number];
