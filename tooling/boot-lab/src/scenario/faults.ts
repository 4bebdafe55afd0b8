import {
  biosVirtio,
  type Firmware,
  uefiX64,
  uefiX64OtherKeys,
  uefiX64SecureBoot,
  uefiX64SecureBootHttp,
} from '../machine/firmware.js';
import { type BootOptions, type DhcpAnswer } from '../network/dhcp-configuration.js';
import { LAB_NETWORK } from '../network/lab-network.js';
import { daemonReady, daemonServing } from '../stage/daemon-stages.js';
import { type Attendance, diagnosed } from '../stage/diagnosis-stages.js';
import { dhcpLease, powerOn } from '../stage/machine-stages.js';
import { type Scenario } from './scenario.js';

/** A mistake, and the daemon's rule that must find it. */
interface Fault extends Partial<
  Pick<Scenario, 'configuration' | 'storeChange' | 'firewall' | 'reboots' | 'stores'>
> {
  readonly name: string;
  readonly rule: string;
  readonly firmware: Firmware;
  readonly attendance?: Attendance;
  /** A boot file, all options, or `product` as in {@link DhcpAnswer}. */
  readonly dhcp: string | BootOptions;
}

/** Address of a boot server that does not exist. */
const OTHER_SERVER = 'tftp://10.77.0.9/';

/** Settings that boot trixie's text installer without a key press. */
const UNATTENDED = { menu: { default: 'trixie-amd64-text-install', timeout: 1 } };

const FAULTS: readonly Fault[] = [
  // Boot files of other programs, in the spelling of their manuals.
  { name: 'undionly', rule: 'ipxe-bios-loader', firmware: biosVirtio, dhcp: 'undionly.kpxe' },
  { name: 'ipxe-efi', rule: 'ipxe-efi-loader', firmware: uefiX64, dhcp: 'ipxe.efi' },
  { name: 'snponly', rule: 'ipxe-efi-loader', firmware: uefiX64SecureBoot, dhcp: 'snponly.efi' },
  {
    name: 'bootx64',
    rule: 'removable-media-loader',
    firmware: uefiX64,
    dhcp: 'EFI/BOOT/BOOTX64.EFI',
  },
  {
    name: 'wdsnbp',
    rule: 'windows-loader-bios',
    firmware: biosVirtio,
    dhcp: String.raw`boot\x64\wdsnbp.com`,
  },
  {
    name: 'bootmgfw',
    rule: 'windows-loader-efi',
    firmware: uefiX64,
    dhcp: String.raw`boot\x64\bootmgfw.efi`,
  },
  {
    name: 'grub-signed',
    rule: 'grub-without-shim',
    firmware: uefiX64SecureBoot,
    dhcp: 'grubnetx64.efi.signed',
  },
  {
    name: 'grub-first',
    rule: 'grub-without-shim',
    firmware: uefiX64SecureBoot,
    dhcp: 'grubx64.efi',
  },
  // Misspelt boot files.
  {
    name: 'other-path',
    rule: 'directory-before-loader',
    firmware: biosVirtio,
    dhcp: '/srv/tftp/bios/pxelinux.0',
  },
  { name: 'upper-case', rule: 'wrong-case', firmware: biosVirtio, dhcp: 'LPXELINUX.0' },
  { name: 'quotes', rule: 'quoted-file-name', firmware: biosVirtio, dhcp: '"lpxelinux.0";' },
  {
    name: 'url',
    rule: 'url-as-file-name',
    firmware: uefiX64,
    dhcp: `http://${LAB_NETWORK.serverAddress}:8069/bootnetx64.efi`,
  },
  {
    name: 'old-path',
    rule: 'replaced-image',
    firmware: biosVirtio,
    dhcp: 'debian/trixie/20250803/amd64/text/linux',
  },
  // Requests that are refused.
  {
    name: 'outside',
    rule: 'outside-allow-list',
    firmware: biosVirtio,
    dhcp: 'lpxelinux.0',
    configuration: { access: { allow: ['192.0.2.0/24'] } },
  },
  {
    name: 'no-images',
    rule: 'images-not-ready',
    firmware: biosVirtio,
    dhcp: 'lpxelinux.0',
    storeChange: 'empty',
  },
  {
    name: 'http-bookworm',
    rule: 'http-boot-needs-newer-grub',
    firmware: uefiX64SecureBootHttp,
    dhcp: {
      bootFile: `http://${LAB_NETWORK.serverAddress}:8069/bootnetx64.efi`,
      options: { 60: 'HTTPClient' },
    },
    stores: ['bookworm'],
  },
  {
    name: 'tftp-preseed',
    rule: 'preseed-by-tftp',
    firmware: biosVirtio,
    dhcp: 'lpxelinux.0',
    configuration: {
      ...UNATTENDED,
      kernelArgs: `auto=true priority=critical netcfg/get_nameservers=${LAB_NETWORK.serverAddress} preseed/url=tftp://${LAB_NETWORK.serverAddress}/preseed/web1.cfg console=ttyS0,115200`,
    },
  },
  // A loader for other firmware, or one that the firmware does not trust.
  { name: 'bios-loader', rule: 'bios-loader-on-uefi', firmware: uefiX64, dhcp: 'lpxelinux.0' },
  {
    name: 'uefi-loader',
    rule: 'uefi-loader-on-bios',
    firmware: biosVirtio,
    dhcp: 'bootnetx64.efi',
  },
  {
    name: 'uefi-loader-loop',
    rule: 'uefi-loader-on-bios',
    firmware: biosVirtio,
    dhcp: 'bootnetx64.efi',
    reboots: true,
  },
  {
    name: 'other-keys',
    rule: 'stopped-after-loader',
    firmware: uefiX64OtherKeys,
    dhcp: 'product',
  },
  // Shim shows a message, and requests MokManager only once somebody has read it.
  {
    name: 'revoked-grub',
    rule: 'shim-refused-grub',
    firmware: uefiX64SecureBoot,
    dhcp: 'bootnetx64.efi',
    storeChange: 'tampered GRUB',
    attendance: 'presses Enter',
  },
  {
    name: 'revoked-grub-unseen',
    rule: 'no-menu',
    firmware: uefiX64SecureBoot,
    dhcp: 'bootnetx64.efi',
    storeChange: 'tampered GRUB',
  },
  {
    name: 'tampered-kernel',
    rule: 'no-initrd',
    firmware: uefiX64SecureBoot,
    dhcp: 'product',
    configuration: UNATTENDED,
    storeChange: 'tampered kernel',
  },
  // Options of another boot server.
  {
    name: 'option-210',
    rule: 'stopped-after-loader',
    firmware: biosVirtio,
    dhcp: { bootFile: 'lpxelinux.0', options: { 210: OTHER_SERVER } },
  },
  {
    name: 'loop',
    rule: 'loader-loop',
    firmware: biosVirtio,
    dhcp: { bootFile: 'lpxelinux.0', options: { 210: OTHER_SERVER } },
    reboots: true,
    attendance: 'resets',
  },
  {
    name: 'option-209',
    rule: 'no-menu',
    firmware: biosVirtio,
    dhcp: { bootFile: 'lpxelinux.0', options: { 209: `${OTHER_SERVER}pxelinux.cfg/default` } },
  },
  // Networks that lose packets.
  {
    name: 'no-replies',
    rule: 'silent-after-first-block',
    firmware: biosVirtio,
    dhcp: 'lpxelinux.0',
    firewall: ['udp sport != 67'],
  },
  {
    name: 'cut-loader',
    rule: 'stopped-within-loader',
    firmware: uefiX64SecureBoot,
    dhcp: 'bootnetx64.efi',
    firewall: ['udp sport != 67 quota over 500 kbytes'],
  },
  {
    name: 'cut-kernel',
    rule: 'stopped-within-kernel',
    firmware: biosVirtio,
    dhcp: 'lpxelinux.0',
    configuration: UNATTENDED,
    firewall: ['tcp sport 8069 quota over 5 mbytes'],
  },
  {
    name: 'cut-initrd',
    rule: 'stopped-within-initrd',
    firmware: biosVirtio,
    dhcp: 'lpxelinux.0',
    configuration: UNATTENDED,
    firewall: ['tcp sport 8069 quota over 25 mbytes'],
  },
  {
    name: 'stale',
    rule: 'stale-image',
    firmware: biosVirtio,
    dhcp: 'lpxelinux.0',
    configuration: UNATTENDED,
    storeChange: 'stale',
  },
];

/** Boots that must fail: real firmware and a real mistake, and the daemon's diagnosis. */
export const faults: readonly Scenario[] = FAULTS.map(
  ({ name, rule, firmware, dhcp, configuration, stores = ['all'], attendance, ...fault }) => ({
    ...fault,
    name: `fault-${name}`,
    summary: `${firmware.id}: ${rule}`,
    firmware,
    isFault: true,
    dhcp: dhcpAnswer(dhcp),
    // Do not restore boots that other runs stored for the same address.
    configuration: { state: 'off', ...configuration },
    stores,
    stages: () => [
      fault.storeChange === 'empty' ? daemonServing() : daemonReady(),
      powerOn(),
      dhcpLease(),
      diagnosed(rule, attendance),
    ],
  }),
);

function dhcpAnswer(dhcp: Fault['dhcp']): DhcpAnswer {
  if (dhcp === 'product' || typeof dhcp !== 'string') {
    return dhcp;
  }
  return { bootFile: dhcp };
}
