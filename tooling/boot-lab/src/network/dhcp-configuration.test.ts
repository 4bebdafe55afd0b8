import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { skipWithout } from '../../test/support/required-programs.js';
import { runCommand } from '../process/command.js';
import { type DhcpAnswer, renderDhcpConfiguration } from './dhcp-configuration.js';

const bootLines = (answer: DhcpAnswer) =>
  renderDhcpConfiguration(answer, '/leases')
    .split('\n')
    .filter((line) => line.startsWith('dhcp-boot') || line.startsWith('dhcp-option'));

describe('renderDhcpConfiguration', () => {
  it('gives the boot file to firmware, and none to the installer', () => {
    expect(bootLines({ bootFile: 'lpxelinux.0' })).toEqual([
      'dhcp-boot=tag:!installer,tag:!ipxe,lpxelinux.0,,10.77.0.1',
      'dhcp-boot=tag:!installer,tag:ipxe,lpxelinux.0,,10.77.0.1',
    ]);
  });

  it('gives iPXE a file of its own, and an HTTP client its vendor class', () => {
    const url = 'http://10.77.0.1:8069/bootnetx64.efi';
    expect(bootLines({ bootFile: url, ipxeBootFile: 'menu.ipxe', httpClient: true })).toEqual([
      `dhcp-boot=tag:!installer,tag:!ipxe,${url},,10.77.0.1`,
      'dhcp-boot=tag:!installer,tag:ipxe,menu.ipxe,,10.77.0.1',
      'dhcp-option-force=tag:!installer,60,HTTPClient',
    ]);
  });

  it.skipIf(skipWithout('dnsmasq', 'dnsmasq-base'))('is what dnsmasq understands', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'boot-lab-test-'));
    try {
      const file = join(directory, 'dnsmasq.conf');
      const answer = { bootFile: 'lpxelinux.0', ipxeBootFile: 'menu.ipxe', httpClient: true };
      await writeFile(file, renderDhcpConfiguration(answer, join(directory, 'leases')));
      await runCommand('dnsmasq', '--test', `--conf-file=${file}`);
      await writeFile(file, 'no-such-option\n');
      await expect(runCommand('dnsmasq', '--test', `--conf-file=${file}`)).rejects.toMatchObject({
        code: 'ERR_LAB_PROGRAM',
      });
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});
