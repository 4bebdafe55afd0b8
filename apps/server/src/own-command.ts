type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Returns the words with which commands of this program begin, depending on how the current command was run.
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
 * Rewrites quoted commands in a text, such as `"pxeboot dhcp"`, as commands that this user can run: in a
 * checkout, or with npx, there is no `pxeboot` on the path.
 */
export function withOwnCommand(text: string, env: Environment = process.env): string {
  return text.replaceAll(/"pxeboot (?=[a-z])/g, () => `"${ownCommand(env)} `);
}
