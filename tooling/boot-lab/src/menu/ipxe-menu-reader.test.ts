import { describe, expect, it } from 'vitest';

import { readIpxeMenu } from './ipxe-menu-reader.js';

const SCRIPT = `#!ipxe
set menu-timeout 30000

:top
menu -- Which Debian?
item stable Debian 13
item --gap --
item --key l local Boot from local disk
choose --default local selected || set selected shell
goto \${selected}

:stable
menu -- Debian 13
item --key i stable-install Install
item stable..back Back
item top Start again
goto \${selected}

:stable..back
goto top

:stable-install
kernel http://192.0.2.1/linux
boot

:local
exit
`;

describe('readIpxeMenu', () => {
  it('reads items that can be chosen, and follows labels that are menus', () => {
    expect(readIpxeMenu(SCRIPT)).toEqual({
      title: 'Which Debian?',
      entries: [
        {
          id: 'stable',
          text: 'Debian 13',
          submenu: [
            { id: 'stable-install', text: 'Install' },
            { id: 'stable..back', text: 'Back' },
            { id: 'top', text: 'Start again' },
          ],
        },
        { id: 'local', text: 'Boot from local disk' },
      ],
    });
  });

  it('refuses a script without a menu', () => {
    expect(() => readIpxeMenu('#!ipxe\nboot http://192.0.2.1/linux\n')).toThrow(
      expect.objectContaining({ code: 'ERR_LAB_MALFORMED' }),
    );
  });
});
