/** True if slow tests should run in full: `PXEBOOT_LONG_TESTS=true`. */
export const IS_LONG_RUN: boolean = process.env['PXEBOOT_LONG_TESTS'] === 'true';
