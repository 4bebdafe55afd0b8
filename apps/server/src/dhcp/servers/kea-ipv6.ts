import { architectureHex, type BootPlan, HTTP_CLIENT_CLASS, ipv6BootFiles } from '../boot-files.js';

/** Option 16, always sent, since the firmware does not accept an answer without it. */
const HTTP_CLIENT = {
  name: 'vendor-class',
  'csv-format': false,
  data: HTTP_CLIENT_CLASS.toString('hex'),
  'always-send': true,
};

/** Returns the `client-classes` of Kea's `Dhcp6`, as JSON. */
export function keaIpv6Snippet(plan: BootPlan): string {
  // A user class starts with its length, in two bytes.
  const isIpxe = "option[15].exists and substring(option[15].hex, 2, 4) == 'iPXE'";
  const bootFileUrl = (data: string) => ({ name: 'bootfile-url', data });
  const classes = [
    { name: 'pxeboot-ipxe', test: isIpxe, 'option-data': [bootFileUrl(plan.ipxe)] },
    ...ipv6BootFiles(plan).map(({ id, architectures, transport, file }) => ({
      name: `pxeboot-${id}`,
      test: `(${architectures
        .map((value) => `option[61].hex == 0x${architectureHex(value)}`)
        .join(' or ')}) and not member('pxeboot-ipxe')`,
      'option-data': [bootFileUrl(file), ...(transport === 'http' ? [HTTP_CLIENT] : [])],
    })),
  ];
  return JSON.stringify({ 'client-classes': classes }, undefined, 2);
}
