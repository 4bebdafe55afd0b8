import { type SyslogMessage } from './syslog-message.js';

/** Item of the installer's main menu that has begun or failed. */
export interface MenuItem {
  readonly item: string;
  readonly failed: boolean;
}

const PROGRAM = 'main-menu';
const START = "Menu item '";
const ITEM = /^([a-z\d][a-z\d+.-]{0,63})' (selected|failed)/;

/** Returns the item of the main menu that a message is about; undefined for other messages. */
export function menuItemOf({ program, text }: SyslogMessage): MenuItem | undefined {
  if (program !== PROGRAM) {
    return undefined;
  }
  const start = text.indexOf(START);
  const [, item, state] = ITEM.exec(start < 0 ? '' : text.slice(start + START.length)) ?? [];
  return item === undefined ? undefined : { item, failed: state === 'failed' };
}
