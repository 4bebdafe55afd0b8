import { architectureHex, type BootPlan, U_BOOT } from '../boot-files.js';

/** Option 60, always sent, since some firmware needs it but does not request it. */
const HTTP_CLIENT = { name: 'vendor-class-identifier', data: 'HTTPClient', 'always-send': true };

/** Returns the `client-classes` of Kea's `Dhcp4`, as JSON. */
export function keaSnippet({ server, files, hasUBootMenu, ipxe }: BootPlan): string {
  const isIpxe = "option[77].exists and option[77].hex == 'iPXE'";
  const uBoot = {
    name: 'pxeboot-u-boot',
    test: `substring(option[60].hex, 0, 6) == '${U_BOOT.vendorClass}' or option[94].hex == 0x${U_BOOT.networkInterface}`,
    'next-server': server,
  };
  const classes = [
    { name: 'pxeboot-ipxe', test: isIpxe, 'boot-file-name': ipxe },
    ...(hasUBootMenu ? [uBoot] : []),
    ...files.map(({ id, architectures, transport, file, isAlsoUBoot }) => {
      const architecture = architectures
        .map((value) => `option[93].hex == 0x${architectureHex(value)}`)
        .join(' or ');
      const vendor =
        transport === 'http'
          ? "substring(option[60].hex, 0, 10) == 'HTTPClient'"
          : "substring(option[60].hex, 0, 9) == 'PXEClient'";
      const others = isAlsoUBoot
        ? "not member('pxeboot-ipxe') and not member('pxeboot-u-boot')"
        : "not member('pxeboot-ipxe')";
      return {
        name: `pxeboot-${id}`,
        test: `${vendor} and (${architecture}) and ${others}`,
        'boot-file-name': file,
        ...(transport === 'http' ? { 'option-data': [HTTP_CLIENT] } : { 'next-server': server }),
      };
    }),
  ];
  return JSON.stringify({ 'client-classes': classes }, undefined, 2);
}
