/** Returns the caller's environment without pxeboot's settings, which would affect the daemon under test. */
export function environmentWithoutSettings(): NodeJS.ProcessEnv {
  const entries = Object.entries(process.env).filter(([name]) => !name.startsWith('PXEBOOT_'));
  return Object.fromEntries(entries);
}
