/** Default port of boot HTTP. */
export const BOOT_HTTP_PORT = 8069;
