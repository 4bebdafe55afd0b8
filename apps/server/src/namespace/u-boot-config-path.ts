/** Last of the names that U-Boot on ARM asks for before `default`. */
export const U_BOOT_CONFIG_PATH = '/pxelinux.cfg/default-arm';

/**
 * Whether a path is one of U-Boot's defaults for ARM: `default-arm-<soc>-<board>`, `default-arm-<soc>`
 * and `default-arm` (U-Boot, cmd/pxe.c).
 */
export function isUBootConfigPath(path: string): boolean {
  return path === U_BOOT_CONFIG_PATH || path.startsWith(`${U_BOOT_CONFIG_PATH}-`);
}
