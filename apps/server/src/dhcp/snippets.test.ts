import { describe, expect, it } from 'vitest';

import { biosLoaders, efiLoaders } from '../../test/support/boot-loaders.js';
import { bootPlan } from './boot-files.js';
import { DHCP_TITLES } from './server-titles.js';
import { adguardSnippet } from './servers/adguard.js';
import { mikrotikSnippet } from './servers/mikrotik.js';
import { opnsenseSnippet } from './servers/opnsense.js';
import { pfsenseSnippet } from './servers/pfsense.js';
import { technitiumSnippet } from './servers/technitium.js';
import { unifiSnippet } from './servers/unifi.js';
import { windowsSnippet } from './servers/windows.js';
import { DHCP_SNIPPETS } from './snippets.js';

const SERVER = '192.0.2.9';
const BASE_URL = 'http://192.0.2.9:8069';

const x64 = bootPlan(
  { biosLoaders, efiLoaders: [efiLoaders('trixie', 'amd64', true)] },
  SERVER,
  BASE_URL,
);
const everything = bootPlan(
  {
    biosLoaders,
    efiLoaders: [
      efiLoaders('trixie', 'amd64', true),
      efiLoaders('trixie', 'arm64', true),
      efiLoaders('bookworm', 'amd64', false),
      efiLoaders('bookworm', 'i386', false),
    ],
  },
  SERVER,
  BASE_URL,
);
const bookworm = bootPlan(
  { biosLoaders, efiLoaders: [efiLoaders('bookworm', 'amd64', false)] },
  SERVER,
  BASE_URL,
);
const arm64 = bootPlan({ efiLoaders: [efiLoaders('trixie', 'arm64', true)] }, SERVER, BASE_URL);

const architecturesOf = ({ files }: typeof x64): number[] =>
  files.flatMap(({ architectures }) => architectures);

const nothing = bootPlan({ efiLoaders: [] }, SERVER, BASE_URL);

// dnsmasq, ISC and Kea are tested with the real servers in test/dhcp-servers.test.ts.

describe('bootPlan', () => {
  it('has a file for each kind of firmware that the store has a loader for', () => {
    expect(architecturesOf(everything)).toEqual([0, 6, 7, 9, 11, 16, 19]);
    expect(architecturesOf(x64)).toEqual([0, 7, 9, 16]);
    expect(architecturesOf(arm64)).toEqual([11, 19]);
  });

  it('offers no HTTP Boot if GRUB cannot load over HTTP', () => {
    expect(architecturesOf(bookworm)).toEqual([0, 7, 9]);
  });

  it('sends URLs only to HTTP Boot and iPXE, since the installer treats a URL as a preseed file', () => {
    for (const { transport, file } of everything.files) {
      expect(file.includes('://')).toBe(transport === 'http');
    }
    expect(everything.ipxe).toBe('http://192.0.2.9:8069/menu.ipxe');
  });
});

// The fields of services_dhcp.php in opnsense/core, section "Network booting".
describe('opnsenseSnippet', () => {
  it('fills in the form, and lists what has no field', () => {
    expect(opnsenseSnippet(everything)).toBe(
      `
OPNsense with dnsmasq: put the output of "pxeboot dhcp dnsmasq" into
/usr/local/etc/dnsmasq.conf.d/pxeboot.conf, then restart Services > Dnsmasq DNS & DHCP

OPNsense with ISC DHCPv4: Services > ISC DHCPv4 > (your interface) > Network booting > Advanced
  Enable network booting              checked
  Set next-server IP                  192.0.2.9
  Set default bios filename           lpxelinux.0
  Set x86 UEFI (32-bit) filename      bootnetia32.efi
  Set x64 UEFI/EBC (64-bit) filename  bootnetx64.efi
  Set ARM 64-bit UEFI filename        bootnetaa64.efi
  Set iPXE boot filename              http://192.0.2.9:8069/menu.ipxe
Not supported by this form:
  UEFI, x64, HTTP Boot: http://192.0.2.9:8069/bootnetx64.efi
  UEFI, arm64, HTTP Boot: http://192.0.2.9:8069/bootnetaa64.efi
  U-Boot that acts as UEFI: put "pxe" before "dhcp" in its boot_targets`.trim(),
    );
  });

  it('leaves fields empty if the store has no loader', () => {
    expect(opnsenseSnippet(arm64)).toMatch(/bios filename +\(empty\)\n.*32-bit[^(\n]* \(empty\)\n/);
    expect(opnsenseSnippet(bookworm)).not.toContain('HTTP Boot');
  });
});

describe('pfsenseSnippet', () => {
  it('fills in the form, and lists the clients that it cannot serve', () => {
    expect(pfsenseSnippet(everything)).toBe(
      `
pfSense: Services > DHCP Server > (your interface) > Network Booting
  Enable                  checked
  Next Server             192.0.2.9
  Default BIOS File Name  lpxelinux.0
  UEFI 32 bit File Name   bootnetia32.efi
  UEFI 64 bit File Name   bootnetx64.efi
  ARM 64 bit File Name    bootnetaa64.efi
  UEFI HTTPBoot URL       http://192.0.2.9:8069/bootnetx64.efi
Not supported by this form:
  iPXE: http://192.0.2.9:8069/menu.ipxe
  UEFI, arm64, HTTP Boot: http://192.0.2.9:8069/bootnetaa64.efi
  U-Boot that acts as UEFI: put "pxe" before "dhcp" in its boot_targets`.trim(),
    );
  });

  it('leaves fields without a loader empty', () => {
    expect(pfsenseSnippet(bookworm)).toMatch(/ARM 64 bit File Name +\(empty\)\n.* \(empty\)/);
    expect(pfsenseSnippet(bookworm)).not.toMatch(/arm64|U-Boot/);
  });
});

describe('adguardSnippet', () => {
  it.each([
    [everything, 'UEFI, x64', 'bootnetx64.efi'],
    [arm64, 'UEFI, arm64', 'bootnetaa64.efi'],
    [nothing, 'none in the store', ''],
  ])('names one file, never a URL (%#)', (plan, title, file) => {
    const snippet = adguardSnippet(plan);
    expect(snippet).toContain(`To boot only one kind of machine (${title})`);
    expect(snippet).toMatch(new RegExp(`- '66 text 192\\.0\\.2\\.9'\n {6}- '67 text ${file}'$`));
    expect(snippet).not.toContain('://');
  });
});

// "UniFi DHCP Server" in Ubiquiti's help centre: "Network Boot - Option 66 and Option 67".
describe('unifiSnippet', () => {
  it('names one file, and recommends ProxyDHCP for more', () => {
    expect(unifiSnippet(everything)).toBe(
      `
UniFi sends the same boot file to every machine. To boot every kind of machine, leave its network boot
off, and set proxyDhcp.enabled: true in pxeboot.yaml. With DHCP Guarding, the trusted DHCP servers of the
network must then include 192.0.2.9.

To boot only one kind of machine (UEFI, x64), set these fields under Settings > Networks > (your network) > DHCP > Network Boot:
  Server    192.0.2.9
  Filename  bootnetx64.efi`.trim(),
    );
  });

  it('leaves the file empty if the store has no loader', () => {
    expect(unifiSnippet(nothing)).toMatch(/\(none in the store\).*Filename {2}\(empty\)$/s);
  });
});

// The fields of the form for a scope, and the parameters of the API call "Set DHCP Scope" (APIDOCS.md).
describe('technitiumSnippet', () => {
  it('names one file, and recommends ProxyDHCP for more', () => {
    expect(technitiumSnippet(arm64)).toBe(
      `
Technitium sends the same boot file to every machine. To boot every kind of machine, leave these fields
empty, and set proxyDhcp.enabled: true in pxeboot.yaml.

To boot only one kind of machine (UEFI, arm64), set these fields under DHCP > Scopes > (your scope) > Edit:
  Bootstrap Server Address  192.0.2.9
  Boot File Name            bootnetaa64.efi`.trim(),
    );
  });

  it('leaves the file empty if the store has no loader', () => {
    expect(technitiumSnippet(nothing)).toMatch(/\(none in the store\).*Name +\(empty\)$/s);
  });
});

describe('DHCP_SNIPPETS', () => {
  it('have a display name', () => {
    expect(Object.keys(DHCP_TITLES)).toEqual(Object.keys(DHCP_SNIPPETS));
  });
});

// MikroTik's manual, "DHCP": "DHCP Options" for s'...' strings, "Matcher" for code and value.
describe('mikrotikSnippet', () => {
  it('prints an option set and a matcher for each kind of client', () => {
    expect(mikrotikSnippet(x64)).toBe(
      `
# pxeboot: RouterOS 7.4 or later. Replace dhcp1 with the name of your DHCP server.
/ip dhcp-server network set [find] next-server=192.0.2.9
# iPXE, however it was started
/ip dhcp-server option add name=pxeboot-ipxe-file code=67 value="s'http://192.0.2.9:8069/menu.ipxe'"
/ip dhcp-server option sets add name=pxeboot-ipxe options=pxeboot-ipxe-file
/ip dhcp-server matcher add name=pxeboot-ipxe server=dhcp1 code=77 value=0x69505845 option-set=pxeboot-ipxe
# BIOS
/ip dhcp-server option add name=pxeboot-bios-file code=67 value="s'lpxelinux.0'"
/ip dhcp-server option sets add name=pxeboot-bios options=pxeboot-bios-file
/ip dhcp-server matcher add name=pxeboot-bios-0 server=dhcp1 code=93 value=0x0000 option-set=pxeboot-bios
# UEFI, x64
/ip dhcp-server option add name=pxeboot-uefi-amd64-file code=67 value="s'bootnetx64.efi'"
/ip dhcp-server option sets add name=pxeboot-uefi-amd64 options=pxeboot-uefi-amd64-file
/ip dhcp-server matcher add name=pxeboot-uefi-amd64-7 server=dhcp1 code=93 value=0x0007 option-set=pxeboot-uefi-amd64
/ip dhcp-server matcher add name=pxeboot-uefi-amd64-9 server=dhcp1 code=93 value=0x0009 option-set=pxeboot-uefi-amd64
# UEFI, x64, HTTP Boot
/ip dhcp-server option add name=pxeboot-http-amd64-file code=67 value="s'http://192.0.2.9:8069/bootnetx64.efi'"
/ip dhcp-server option add name=pxeboot-http-amd64-class code=60 value="s'HTTPClient'"
/ip dhcp-server option sets add name=pxeboot-http-amd64 options=pxeboot-http-amd64-file,pxeboot-http-amd64-class
/ip dhcp-server matcher add name=pxeboot-http-amd64-16 server=dhcp1 code=93 value=0x0010 option-set=pxeboot-http-amd64`.trim(),
    );
  });

  it('matches U-Boot by option 94 before UEFI for arm64', () => {
    const lines = mikrotikSnippet(arm64).split('\n');
    const uBoot = lines.findIndex((line) => line.includes('code=94 value=0x010000'));
    const uefi = lines.findIndex((line) => line.includes('code=93 value=0x000b'));
    expect(uBoot).toBeGreaterThan(0);
    expect(uefi).toBeGreaterThan(uBoot);
  });
});

// Microsoft's reference of the DhcpServer module: Add-DhcpServerv4Class, -Policy, -OptionDefinition.
describe('windowsSnippet', () => {
  it('prints a class and a policy for each value of option 93, and defines option 60', () => {
    expect(windowsSnippet(arm64)).toBe(
      `
# pxeboot: PowerShell on the DHCP server. Replace 192.0.2.0 with your scope.
$scope = "192.0.2.0"
Add-DhcpServerv4OptionDefinition -Name "Vendor class" -OptionId 60 -Type String -ErrorAction SilentlyContinue

# iPXE, however it was started: the first matching policy sets the file
Add-DhcpServerv4Class -Name "pxeboot-ipxe" -Type User -Data "iPXE"
Add-DhcpServerv4Policy -Name "pxeboot-ipxe" -ScopeId $scope -ProcessingOrder 1 -Condition Or -UserClass EQ,"pxeboot-ipxe"
Set-DhcpServerv4OptionValue -ScopeId $scope -PolicyName "pxeboot-ipxe" -OptionId 67 -Value "http://192.0.2.9:8069/menu.ipxe"

# U-Boot, which finds its menu on its own. When it acts as UEFI, this server cannot recognise it:
# put "pxe" before "dhcp" in its boot_targets
Add-DhcpServerv4Class -Name "pxeboot-u-boot" -Type Vendor -Data "U-Boot"
Add-DhcpServerv4Policy -Name "pxeboot-u-boot" -ScopeId $scope -Condition Or -VendorClass EQ,"pxeboot-u-boot*"
Set-DhcpServerv4OptionValue -ScopeId $scope -PolicyName "pxeboot-u-boot" -OptionId 66 -Value "192.0.2.9"

# UEFI, arm64
Add-DhcpServerv4Class -Name "pxeboot-uefi-arm64-11" -Type Vendor -Data "PXEClient:Arch:00011"
Add-DhcpServerv4Policy -Name "pxeboot-uefi-arm64-11" -ScopeId $scope -Condition Or -VendorClass EQ,"pxeboot-uefi-arm64-11*"
Set-DhcpServerv4OptionValue -ScopeId $scope -PolicyName "pxeboot-uefi-arm64-11" -OptionId 67 -Value "bootnetaa64.efi"
Set-DhcpServerv4OptionValue -ScopeId $scope -PolicyName "pxeboot-uefi-arm64-11" -OptionId 66 -Value "192.0.2.9"

# UEFI, arm64, HTTP Boot
Add-DhcpServerv4Class -Name "pxeboot-http-arm64-19" -Type Vendor -Data "HTTPClient:Arch:00019"
Add-DhcpServerv4Policy -Name "pxeboot-http-arm64-19" -ScopeId $scope -Condition Or -VendorClass EQ,"pxeboot-http-arm64-19*"
Set-DhcpServerv4OptionValue -ScopeId $scope -PolicyName "pxeboot-http-arm64-19" -OptionId 67 -Value "http://192.0.2.9:8069/bootnetaa64.efi"
Set-DhcpServerv4OptionValue -ScopeId $scope -PolicyName "pxeboot-http-arm64-19" -OptionId 60 -Value "HTTPClient"`.trim(),
    );
  });

  it('does not define option 60 if nothing boots over HTTP', () => {
    expect(windowsSnippet(bookworm)).not.toMatch(/-OptionId 60|HTTPClient/);
  });
});
