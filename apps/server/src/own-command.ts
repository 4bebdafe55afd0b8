type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Returns the words that commands of this program begin with, depending on how the current command was run.
 */
export function ownCommand(env: Environment): string {
  const script = env['npm_lifecycle_script'] ?? '';
  if (/\btooling\/workspace\/(?:start|pxeboot)\.js\b/.test(script)) {
    return 'npm run -s pxeboot --';
  }
  return env['npm_lifecycle_event'] === 'npx' && /^'?pxeboot\b/.test(script)
    ? 'npx @pxe/server'
    : 'pxeboot';
}

/**
 * Returns a text whose quoted commands, such as `"pxeboot dhcp"`, are commands that this user can run: in a
 * checkout, or with npx, no `pxeboot` is on the path.
 */
export function withOwnCommand(text: string, env: Environment = process.env): string {
  return text.replaceAll(/"pxeboot (?=[a-z])/g, () => `"${ownCommand(env)} `);
}
