import { describe, expect, it } from 'vitest';

import { menuItemOf } from './menu-item.js';
import { readSyslogMessage } from './syslog-message.js';

describe('readSyslogMessage', () => {
  it.each([
    [
      "<13>Nov 29 02:16:19 main-menu[145]: INFO: Menu item 'netcfg' selected\n",
      { severity: 5, program: 'main-menu', text: "INFO: Menu item 'netcfg' selected" },
    ],
    [
      '<6>Nov  9 02:16:19 kernel: [    0.000000] Linux version 6.12\n\0',
      { severity: 6, program: 'kernel', text: '[    0.000000] Linux version 6.12' },
    ],
    [
      '<30>Nov 29 02:16:19 web1 sshd[1]: one\ntwo',
      { severity: 6, program: 'sshd', text: 'one\ntwo' },
    ],
    ['no header at all', { severity: 5, program: '', text: 'no header at all' }],
    ['<999999>x', { severity: 5, program: '', text: '<999999>x' }],
    ['', { severity: 5, program: '', text: '' }],
  ])('reads %j', (datagram, message) => {
    expect(readSyslogMessage(datagram)).toEqual(message);
  });
});

describe('menuItemOf', () => {
  const itemOf = (text: string, program = 'main-menu') =>
    menuItemOf({ severity: 5, program, text });

  it('finds the item that begins or fails', () => {
    expect(itemOf("INFO: Menu item 'partman-base' selected")).toEqual({
      item: 'partman-base',
      failed: false,
    });
    expect(itemOf("WARNING **: Menu item 'partman-base' failed.")).toEqual({
      item: 'partman-base',
      failed: true,
    });
  });

  it('ignores other messages, other programs and odd names', () => {
    expect(itemOf("Configuring 'netcfg' failed with error code 1")).toBeUndefined();
    expect(itemOf("Menu item 'netcfg' selected", 'kernel')).toBeUndefined();
    expect(itemOf("Menu item '\u{1b}[2Jx' selected")).toBeUndefined();
    expect(itemOf(`Menu item '${'a'.repeat(65)}' selected`)).toBeUndefined();
  });
});
