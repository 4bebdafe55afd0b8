import { checkHost } from '@pxe/lab-host';

/**
 * Checks that this host can run the lab.
 *
 * @throws {@link LabError} `ERR_LAB_PREREQUISITE` naming all that is missing
 */
export async function checkPrerequisites(): Promise<void> {
  await checkHost('the Kubernetes lab', [
    { what: '/usr/lib/cni/bridge', packages: ['containernetworking-plugins'] },
    { what: 'buildah', packages: ['buildah'] },
    { what: 'busybox', packages: ['busybox'] },
    { what: 'conntrack', packages: ['conntrack'] },
    { what: 'curl', packages: ['curl'] },
    { what: 'dnsmasq', packages: ['dnsmasq-base'] },
    { what: 'dpkg-source', packages: ['dpkg-dev'] },
    { what: 'gcc', packages: ['gcc', 'libc6-dev'] },
    { what: 'ip', packages: ['iproute2'] },
    { what: 'iptables', packages: ['iptables'] },
    { what: 'mmdebstrap', packages: ['mmdebstrap'] },
    { what: 'mount', packages: ['mount'] },
    { what: 'nsenter', packages: ['util-linux'] },
    { what: 'openssl', packages: ['openssl'] },
    { what: 'psql', packages: ['postgresql'] },
    { what: 'runc', packages: ['runc'] },
    { what: 'sysctl', packages: ['procps'] },
    { what: 'tc', packages: ['iproute2'] },
    { what: 'tftp', packages: ['tftp-hpa'] },
    { what: 'umoci', packages: ['umoci'] },
  ]);
}
