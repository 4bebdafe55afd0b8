import { architectureHex, type BootPlan } from '../boot-files.js';

/** Sent even to firmware that does not list option 60 among those it wants, but needs it. */
const HTTP_CLIENT = { name: 'vendor-class-identifier', data: 'HTTPClient', 'always-send': true };

/** `client-classes` of Kea's `Dhcp4`, as JSON. */
export function keaSnippet({ server, files, ipxe }: BootPlan): string {
  const isIpxe = "option[77].exists and option[77].hex == 'iPXE'";
  const classes = [
    { name: 'pxeboot-ipxe', test: isIpxe, 'boot-file-name': ipxe },
    ...files.map(({ id, architectures, transport, file }) => {
      const architecture = architectures
        .map((value) => `option[93].hex == 0x${architectureHex(value)}`)
        .join(' or ');
      const vendor =
        transport === 'http'
          ? "substring(option[60].hex, 0, 10) == 'HTTPClient'"
          : "substring(option[60].hex, 0, 9) == 'PXEClient'";
      return {
        name: `pxeboot-${id}`,
        test: `${vendor} and (${architecture}) and not member('pxeboot-ipxe')`,
        'boot-file-name': file,
        ...(transport === 'http' ? { 'option-data': [HTTP_CLIENT] } : { 'next-server': server }),
      };
    }),
  ];
  return JSON.stringify({ 'client-classes': classes }, undefined, 2);
}
