/** The caller's environment without the product's settings: those would change what is attacked. */
export function environmentWithoutSettings(): NodeJS.ProcessEnv {
  const entries = Object.entries(process.env).filter(([name]) => !name.startsWith('PXEBOOT_'));
  return Object.fromEntries(entries);
}
