import { type RootProfile, type UserProfile } from './profile.js';

/** Quotes text as a single shell word. */
export function shellWord(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/**
 * Joins shell commands into one that stops at the first failure. A single command is unchanged. Each of
 * several commands runs in its own shell, so that its operators, quotes and comments end with it.
 */
export function joinCommands(commands: readonly string[]): string {
  const [only, ...others] = commands;
  if (only !== undefined && others.length === 0) {
    return only;
  }
  return commands.map((command) => `sh -c ${shellWord(command)}`).join(' && ');
}

/** Returns the commands that let the SSH keys of a profile log in to the new system. */
export function authorizeKeys(
  user: UserProfile | undefined,
  root: RootProfile | undefined,
): readonly string[] {
  const homes: readonly (readonly [string, string, readonly string[] | undefined])[] = [
    [user?.name ?? '', `/home/${user?.name ?? ''}`, user?.sshKeys],
    ['root', '/root', root?.sshKeys],
  ];
  return homes.flatMap(([owner, home, keys = []]) => {
    if (keys.length === 0) {
      return [];
    }
    const folder = `${home}/.ssh`;
    const words = keys.map(shellWord).join(' ');
    return [
      [
        `mkdir -p -m 700 /target${folder}`,
        `printf '%s\\n' ${words} > /target${folder}/authorized_keys`,
        `chmod 600 /target${folder}/authorized_keys`,
        `in-target chown -R ${owner}: ${folder}`,
      ].join(' && '),
    ];
  });
}
