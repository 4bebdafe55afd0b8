import * as z from 'zod';

import { filePath } from './text.js';

/** Events that hooks are called for. */
export const HOOK_EVENTS = [
  'boot.ended',
  'install.armed',
  'install.started',
  'install.installed',
  'install.failed',
  'install.expired',
  'install.cancelled',
  'images.synced',
  'images.failed',
] as const;
export type HookEvent = (typeof HOOK_EVENTS)[number];

/** Words that stand for all events of a kind. */
const KINDS = ['boot', 'install', 'images'] as const;

const MAX_HOOKS = 16;

const hookUrl = z.string().refine(isHookUrl, {
  message:
    'expected an http or https URL without a user name or password, such as https://ci.example/pxeboot',
});

function isHookUrl(text: string): boolean {
  if (!URL.canParse(text) || /\p{Cc}/u.test(text)) {
    return false;
  }
  const { protocol, username, password } = new URL(text);
  return /^https?:$/.test(protocol) && username + password === '';
}

/** Schema of `hooks`. */
export const hooks = z
  .array(
    z.strictObject({
      on: z
        .array(z.enum([...KINDS, ...HOOK_EVENTS]))
        .min(1)
        .describe(
          'events to send, such as install.installed; a kind such as install stands for all of its events',
        ),
      url: hookUrl.describe('URL that each event is posted to'),
      secretFile: filePath.describe(
        'file with the signing key, with mode 0640 or stricter; read again when it changes',
      ),
    }),
  )
  .max(MAX_HOOKS);

/** Item of `hooks`. */
export type HookSettings = z.output<typeof hooks>[number];

/** Returns true if a hook is called for an event. */
export function isHookedOn({ on }: Pick<HookSettings, 'on'>, event: HookEvent): boolean {
  return on.some((name) => name === event || event.startsWith(`${name}.`));
}
