import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { type Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { lacks, lacksRoot } from '@pxe/test-host';

import { firmware } from '../support/dhcp/clients.js';
import { discover } from '../support/dhcp/message.js';
import { DoctorLab, OTHER, SERVER } from '../support/doctor/lab.js';
import { copyTestStore } from '../support/test-store.js';
import { accessibilityProblems, openPage, startBrowser } from './watched-page.js';

const EXCHANGE = fileURLToPath(new URL('../support/dhcp/exchange-program.js', import.meta.url));

describe.skipIf(lacks('chromium', 'ip', 'ss', 'dnsmasq') || lacksRoot())(
  'overview of a network with ProxyDHCP',
  () => {
    let directory: string;
    let lab: DoctorLab;
    let machine: ChildProcess;
    let browser: Browser;

    beforeAll(async () => {
      directory = await mkdtemp(join(tmpdir(), 'pxeboot-dashboard-dhcp-'));
      lab = await DoctorLab.create(directory);
      const store = join(directory, 'store');
      await copyTestStore(store);
      // A DHCP server that is left over from an earlier attempt, with a boot file of its own.
      await lab.dnsmasq(
        lab.other,
        ...['--dhcp-range=10.91.0.50,10.91.0.80', `--dhcp-boot=undionly.kpxe,,${OTHER}`],
      );
      await lab.pxeboot(
        store,
        ...['--proxy-dhcp-enabled', 'true', '--proxy-dhcp-interfaces', 'server0'],
      );
      machine = spawn(
        'ip',
        ['netns', 'exec', lab.client.name, process.execPath, EXCHANGE, 'client0'],
        { stdio: ['pipe', 'ignore', 'inherit'] },
      );
      browser = await startBrowser({ namespace: lab.server.name, directory });
    });

    afterAll(async () => {
      await browser.close();
      const end = once(machine, 'exit');
      machine.kill();
      await end;
      await lab[Symbol.asyncDispose]();
      await rm(directory, { recursive: true });
    });

    it('shows who gives addresses, and what keeps machines from booting from here', async () => {
      await lab.client.ip('route', 'add', '255.255.255.255/32', 'dev', 'client0');
      machine.stdin?.write(`${discover(firmware(7)).bytes.toString('hex')}\n`);
      await using watched = await openPage(browser, 'http://127.0.0.1:9069/');
      const { page, faults } = watched;

      const attention = page.locator('section.attention');
      const theirFile = `${OTHER} (dnsmasq) names boot files itself: undionly.kpxe for BIOS`;
      await attention.getByText(theirFile).waitFor();
      await attention.getByText('remove the boot options there').waitFor();
      // A minute after its offer.
      const ignored = attention.getByText(
        'has not loaded bootnetx64.efi within 60 s of the offer: its firmware may accept boot files only from the server that gives it its address',
      );
      await ignored.waitFor();
      expect(await ignored.textContent()).toContain(
        `Add the output of "pxeboot dhcp dnsmasq" to ${OTHER} (dnsmasq)`,
      );

      const text = (await page.locator('section').allTextContents()).join('\n');
      expect(text).toContain(`ProxyDHCP on server0${SERVER}; addresses from: ${OTHER} (dnsmasq)`);
      expect(text).toContain('ProxyDHCP tells machines to boot from here');
      // Lines are shown for the DHCP server of the machine that ignores the offer.
      expect(await page.getByLabel('Lines for').inputValue()).toBe('dnsmasq');
      expect(await accessibilityProblems(page)).toEqual([]);
      expect(faults).toEqual([]);
    });
  },
);
