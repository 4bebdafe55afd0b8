import { architectureHex, type BootFile, type BootPlan, U_BOOT } from '../boot-files.js';

/** A part of `dhcpd.conf` for ISC DHCP, at its top level. */
export function iscSnippet({ server, files, hasUBootMenu, ipxe }: BootPlan): string {
  const branches = [
    `if exists user-class and option user-class = "iPXE" {\n    filename "${ipxe}";\n  }`,
    ...(hasUBootMenu ? [U_BOOT_BRANCH] : []),
    ...files.map(branch),
  ];
  return `# pxeboot: in /etc/dhcp/dhcpd.conf, outside of any subnet
option pxeboot-architecture code 93 = unsigned integer 16;
option pxeboot-network-interface code 94 = string;

class "pxeboot" {
  match if substring(option vendor-class-identifier, 0, 9) = "PXEClient"
        or substring(option vendor-class-identifier, 0, 10) = "HTTPClient"
        or substring(option vendor-class-identifier, 0, 6) = "${U_BOOT.vendorClass}";
  next-server ${server};
  ${branches.join(' elsif ')}
}`;
}

/** It finds its menu by itself, once it knows the server. */
const U_BOOT_BRANCH = `substring(option vendor-class-identifier, 0, 6) = "${U_BOOT.vendorClass}"
        or option pxeboot-network-interface = ${U_BOOT.networkInterface.replace(/..(?!$)/g, '$&:')} {
    # U-Boot; option 94 where it acts as UEFI
    filename "";
  }`;

function branch({ title, architectures, transport, file }: BootFile): string {
  // dhcpd compares the bytes of an option, never its number: 7 would match nothing.
  const test = architectures
    .map((value) => `option pxeboot-architecture = ${architectureHex(value).replace(/^../, '$&:')}`)
    .join(' or ');
  const lines = [
    `# ${title}`,
    ...(transport === 'http' ? ANSWER_AS_HTTP_CLIENT : []),
    `filename "${file}";`,
  ];
  return `${test} {\n${lines.map((line) => `    ${line}\n`).join('')}  }`;
}

/** Option 60 goes out only if it is in the list of what the client wants, which dhcpd lets us extend. */
const ANSWER_AS_HTTP_CLIENT: readonly string[] = [
  'option vendor-class-identifier "HTTPClient";',
  'option dhcp-parameter-request-list = concat(option dhcp-parameter-request-list, 3c);',
];
