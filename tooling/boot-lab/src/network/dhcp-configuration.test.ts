import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { runCommand } from '@pxe/lab-host';
import { lacks } from '@pxe/test-host';

import { bootLinesOf, renderDhcpConfiguration } from './dhcp-configuration.js';

describe('renderDhcpConfiguration', () => {
  it('gives the firmware and the installer one address each, and serves nothing but DHCP', () => {
    const lines = renderDhcpConfiguration('dhcp-boot=file', '/run/leases', 4).split('\n');
    expect(lines).toContain('port=0');
    expect(lines).toContain('dhcp-range=10.77.0.50,10.77.0.60,255.255.255.0,1h');
    expect(lines).toContain('dhcp-leasefile=/run/leases');
    expect(lines).toContain('dhcp-boot=file');
    expect(lines.filter((line) => line.includes('tftp'))).toEqual([]);
  });

  it('leases nothing but an IPv6 address to a machine that boots over IPv6', () => {
    const lines = renderDhcpConfiguration('', '/run/leases', 6).split('\n');
    expect(lines.filter((line) => line.startsWith('dhcp-range'))).toEqual([
      'dhcp-range=fd77::50,fd77::5f,64,1h',
    ]);
  });

  it.skipIf(lacks('dnsmasq'))('is accepted by dnsmasq', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'boot-lab-test-'));
    try {
      const file = join(directory, 'dnsmasq.conf');
      const lines = bootLinesOf({ bootFile: '"boot\\x64;"', options: { 210: 'tftp://a/' } });
      await writeFile(file, renderDhcpConfiguration(lines, join(directory, 'leases'), 4));
      await runCommand('dnsmasq', ['--test', `--conf-file=${file}`]);
      await writeFile(file, 'no-such-option\n');
      await expect(runCommand('dnsmasq', ['--test', `--conf-file=${file}`])).rejects.toMatchObject({
        code: 'ERR_LAB_PROGRAM',
      });
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});

describe('bootLinesOf', () => {
  it('names the file for everyone but the installer', () => {
    expect(bootLinesOf({ bootFile: 'lpxelinux.0' }).split('\n')).toEqual([
      'dhcp-vendorclass=set:installer,d-i',
      'dhcp-boot=tag:!installer,lpxelinux.0,,10.77.0.1',
    ]);
  });

  it('names a boot server on another network', () => {
    const lines = bootLinesOf({ bootFile: 'lpxelinux.0', server: '192.0.2.69' });
    expect(lines).toContain('dhcp-boot=tag:!installer,lpxelinux.0,,192.0.2.69');
  });

  it('quotes what dnsmasq would read as syntax', () => {
    const answer = { bootFile: '"lpxelinux.0";', options: { 210: 'tftp://10.77.0.9/' } };
    expect(bootLinesOf(answer).split('\n').slice(1)).toEqual([
      String.raw`dhcp-boot=tag:!installer,"\"lpxelinux.0\";",,10.77.0.1`,
      'dhcp-option-force=tag:!installer,210,tftp://10.77.0.9/',
    ]);
  });
});
