import {
  biosArmed,
  biosInterrupted,
  biosMirror,
  biosUnreported,
  dashboard,
  ipxeArmed,
  uefiArmed,
  uefiHttpArmed,
} from './armed.js';
import { bios, biosE1000Card, biosPxelinux0 } from './bios.js';
import { biosIsc, biosKea, ipxeIsc, ipxeKea, uefiIsc, uefiKea } from './dhcp-servers.js';
import {
  biosKernelEntry,
  biosLoaderEntry,
  biosMemtest,
  ipxeKernelEntry,
  ipxeLoaderEntry,
  uefiKernelEntry,
  uefiLoaderEntry,
  uefiMemtest,
  uefiSecureBootMemtest,
} from './entries.js';
import { faults } from './faults.js';
import { firmwareHttp, firmwareTftp } from './firmware.js';
import { uefiHttpIpv6, uefiIpv6, uefiIpv6Kea } from './ipv6.js';
import { ipxe, ipxeUefi } from './ipxe.js';
import { biosLocalDisk, ipxeLocalDisk, uefiLocalDisk } from './local-disk.js';
import {
  arm64Proxy,
  biosProxy,
  ipxeDnsmasqProxy,
  ipxeProxy,
  uefiDnsmasqProxy,
  uefiHttpDnsmasqProxy,
  uefiHttpProxy,
  uefiProxy,
} from './proxy-dhcp.js';
import { type Scenario } from './scenario.js';
import { tamperedGrub } from './tampered-grub.js';
import { uBoot } from './u-boot.js';
import { uefiHttp } from './uefi-http.js';
import { arm64, uefi, uefi32, uefiRollover, uefiSecureBoot } from './uefi.js';

/** All scenarios, the most important first. */
export const scenarios: readonly Scenario[] = [
  bios,
  uefiSecureBoot,
  uefiHttp,
  ipxe,
  ipxeUefi,
  biosE1000Card,
  biosPxelinux0,
  uefi,
  uefi32,
  arm64,
  uBoot,
  uefiRollover,
  tamperedGrub,
  biosArmed,
  uefiArmed,
  ipxeArmed,
  uefiHttpArmed,
  biosUnreported,
  biosInterrupted,
  biosMirror,
  dashboard,
  firmwareHttp,
  firmwareTftp,
  biosMemtest,
  uefiMemtest,
  uefiSecureBootMemtest,
  biosKernelEntry,
  uefiKernelEntry,
  ipxeKernelEntry,
  biosLoaderEntry,
  uefiLoaderEntry,
  ipxeLoaderEntry,
  biosProxy,
  ipxeProxy,
  uefiProxy,
  uefiHttpProxy,
  arm64Proxy,
  ipxeDnsmasqProxy,
  uefiDnsmasqProxy,
  uefiHttpDnsmasqProxy,
  biosIsc,
  ipxeIsc,
  uefiIsc,
  biosKea,
  ipxeKea,
  uefiKea,
  uefiIpv6,
  uefiIpv6Kea,
  uefiHttpIpv6,
  biosLocalDisk,
  uefiLocalDisk,
  ipxeLocalDisk,
  ...faults,
];
