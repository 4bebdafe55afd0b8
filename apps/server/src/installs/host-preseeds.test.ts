import { describe, expect, it } from 'vitest';

import { configSchema } from '../config/schema.js';
import { HostIndex } from './host-index.js';
import { HostPreseeds } from './host-preseeds.js';
import { preseedTemplate } from './preseed.js';

/** Question that exists in trixie's installer but not in bookworm's. */
const ONLY_TRIXIE = 'd-i auto-install/cloak_initrd_preseed boolean true\n';

describe('the preseed of a host', () => {
  const template = preseedTemplate(ONLY_TRIXIE);

  /** Returns true if the preseed of a host is checked for bookworm. */
  function isForBookworm(entries: readonly string[], arch?: string): boolean {
    const { hosts = [], unknown } = configSchema.parse({
      hosts: [{ name: 'web1', match: { ip: '10.0.0.5' }, profile: 'web', arch }],
    });
    const templates = new Map([['web', template]]);
    const preseeds = new HostPreseeds(
      {
        settings: () => ({ hosts, unknown, templates, entries, kernelArgs: '' }),
        logger: { info: () => undefined, warn: () => undefined },
        admitsLine: () => true,
        now: Date.now,
      },
      new HostIndex(hosts),
    );
    const messages = preseeds.check(template, 'web1', undefined).map(({ message }) => message);
    return messages.some((message) => message.includes('unknown question'));
  }

  it('is checked for the suite of the installer that starts, whatever extra entries are called', () => {
    const bookworm = 'bookworm-amd64-text-auto';
    expect(isForBookworm([bookworm])).toBe(true);
    expect(isForBookworm(['tools-auto', bookworm])).toBe(true);
    expect(isForBookworm(['trixie-auto', bookworm])).toBe(true);
    expect(isForBookworm(['bookworm-auto', 'trixie-amd64-text-auto'])).toBe(false);
  });

  it('is checked for the suite of the entry that the menu chooses for the host', () => {
    const entries = ['trixie-amd64-gtk-auto', 'trixie-amd64-text-auto', 'bookworm-arm64-text-auto'];
    expect(isForBookworm(entries)).toBe(false);
    expect(isForBookworm(entries, 'arm64')).toBe(true);
    expect(isForBookworm(['trixie-amd64-gtk-auto', 'bookworm-amd64-text-auto'])).toBe(true);
  });
});
