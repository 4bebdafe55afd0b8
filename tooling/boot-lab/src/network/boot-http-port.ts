/** The product's default port for boot files by HTTP. */
export const BOOT_HTTP_PORT = 8069;
