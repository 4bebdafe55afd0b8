import { describe, expect, it } from 'vitest';

import { createStatusPage, STATUS_PAGE_HEADERS, type StatusPageOptions } from './status-page.js';

const READY: StatusPageOptions = {
  images: () => [{ suite: 'trixie', arch: 'amd64', variant: 'text' }],
  notReady: () => undefined,
  bootFiles: () => ['lpxelinux.0', 'bootnetx64.efi'],
};

function html(options: StatusPageOptions, address = '192.0.2.10'): string {
  return new TextDecoder().decode(createStatusPage(options)(address).bytes);
}

describe('status page', () => {
  it('lists the images and the DHCP lines for the requested address', () => {
    const page = html(READY);
    expect(page).toContain('<li>Debian trixie, amd64, text</li>');
    expect(page).toContain(
      'next-server 192.0.2.10;\nfilename &quot;lpxelinux.0&quot;;   # UEFI: bootnetx64.efi',
    );
    expect(page).not.toContain('refresh');
    expect(html(READY, '2001:db8::1')).toContain('next-server IPv4-ADDRESS-OF-THIS-SERVER;');
  });

  it('shows the progress of the fetch, reloads itself, and escapes what it shows', () => {
    const page = html({ ...READY, images: () => [], notReady: () => 'fetching <b> & "61 %"' });
    expect(page).toContain('Not ready: fetching &lt;b&gt; &amp; &quot;61 %&quot;.');
    expect(page).toContain('<meta http-equiv="refresh" content="5">');
  });

  it('is rendered at most once a second for each address', () => {
    let now = 0;
    let made = 0;
    const page = createStatusPage({
      ...READY,
      notReady: () => `number ${++made}`,
      now: () => now,
    });
    for (let count = 0; count < 100; count++) {
      page('192.0.2.10');
      page('192.0.2.11');
    }
    expect(made).toBe(2);
    now = 1000;
    page('192.0.2.10');
    expect(made).toBe(3);
  });

  it('has a policy that allows only its own style', () => {
    const policy = STATUS_PAGE_HEADERS[1];
    expect(policy).toMatch(/^default-src 'none'; style-src 'sha256-[\w+/]{43}='; img-src data:; /);
    expect(policy).not.toMatch(/unsafe|script|https?:/);
  });
});
