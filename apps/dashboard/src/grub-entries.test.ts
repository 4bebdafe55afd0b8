import { describe, expect, it } from 'vitest';

import { grubEntries } from './grub-entries.js';

const SCRIPT = String.raw`set default='1'
submenu 'Debian 13' --id 'trixie' {
  menuentry 'Ada'\''s install' --id 'ada' --hotkey=i {
    linux "/linux" --- quiet
    if true; then
      echo '}'
    fi
  }
}
menuentry 'Boot from local disk' --id 'local' {
  exit
}
fi
`;

describe('entries of a GRUB script', () => {
  it('are nested as in the menu, and have their commands', () => {
    expect(grubEntries(SCRIPT)).toEqual([
      {
        title: 'Debian 13',
        commands: [],
        entries: [
          {
            title: "Ada's install",
            commands: ['linux "/linux" --- quiet', 'if true; then', "echo '}'", 'fi'],
            entries: [],
          },
        ],
      },
      { title: 'Boot from local disk', commands: ['exit'], entries: [] },
    ]);
    expect(grubEntries('')).toEqual([]);
  });
});
