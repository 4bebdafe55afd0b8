/** Path of the last configuration that U-Boot on ARM requests before `default`. */
export const U_BOOT_CONFIG_PATH = '/pxelinux.cfg/default-arm';

/**
 * Returns true for U-Boot's default paths on ARM: `default-arm-<soc>-<board>`, `default-arm-<soc>`
 * and `default-arm` (U-Boot, cmd/pxe.c).
 */
export function isUBootConfigPath(path: string): boolean {
  return path === U_BOOT_CONFIG_PATH || path.startsWith(`${U_BOOT_CONFIG_PATH}-`);
}
