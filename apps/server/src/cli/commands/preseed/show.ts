import { type Command } from 'commander';

import { maskPreseed } from '@pxe/debian-preseed';

import { type Terminal } from '../../terminal.js';
import { checkedHost } from './checked-host.js';

/** Options of `pxeboot preseed show`. */
export interface ShowOptions {
  readonly host: string;
  readonly json?: true;
}

/** Prints the preseed of a host without its passwords and passphrases. */
export async function show(
  { host, json }: ShowOptions,
  command: Command,
  { env, print, printJson }: Terminal,
): Promise<void> {
  const { rendered } = await checkedHost(command, env, host);
  const text = maskPreseed(rendered.whole);
  if (json === true) {
    printJson({ host, preseed: text });
  } else {
    print(text.replace(/\n$/, ''));
  }
}
