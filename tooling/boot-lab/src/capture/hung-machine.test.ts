import { describe, expect, it } from 'vitest';

import { fixturePath } from '../../test/support/fixture.js';
import { hungMachine } from './hung-machine.js';

const MACHINE = '10.77.0.50';

describe('hungMachine', () => {
  it('recognises a machine that closes its window and answers no probe', async () => {
    await expect(hungMachine(fixturePath('hung-machine.pcap'), MACHINE)).resolves.toBe(
      'closed its TCP window, and left 8 probes without an answer',
    );
  });

  it('does not take a machine that closes its connections for one', async () => {
    await expect(hungMachine(fixturePath('lpxelinux-http.pcap'), MACHINE)).resolves.toBeUndefined();
  });

  it('refuses other files', async () => {
    await expect(hungMachine(fixturePath('README.md'), MACHINE)).rejects.toThrow(
      'tshark ended with',
    );
  });
});
