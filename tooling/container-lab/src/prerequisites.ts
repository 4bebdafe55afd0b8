import { checkHost } from '@pxe/lab-host';

import { DEFAULT_PROFILE } from './runtime/seccomp.js';

/**
 * Checks that this host can run the lab.
 *
 * @throws {@link LabError} `ERR_LAB_PREREQUISITE` naming all that is missing
 */
export async function checkPrerequisites(): Promise<void> {
  await checkHost('the container lab', [
    { what: 'buildah', packages: ['buildah'] },
    { what: 'mmdebstrap', packages: ['mmdebstrap'] },
    { what: 'umoci', packages: ['umoci'] },
    { what: 'runc', packages: ['runc'] },
    { what: 'getcap', packages: ['libcap2-bin'] },
    { what: 'readelf', packages: ['binutils'] },
    { what: 'ip', packages: ['iproute2'] },
    { what: 'nft', packages: ['nftables'] },
    { what: 'tftp', packages: ['tftp-hpa'] },
    { what: 'dnsmasq', packages: ['dnsmasq-base'] },
    { what: 'curl', packages: ['curl'] },
    { what: 'sysctl', packages: ['procps'] },
    { what: 'nsenter', packages: ['util-linux'] },
    { what: 'systemd-nspawn', packages: ['systemd-container'] },
    { what: DEFAULT_PROFILE, packages: ['golang-github-containers-common'] },
  ]);
}
