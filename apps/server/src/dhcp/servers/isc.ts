import { architectureHex, type BootFile, type BootPlan, U_BOOT } from '../boot-files.js';

/** Returns a top-level part of `dhcpd.conf` for ISC DHCP. */
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

/** Branch for U-Boot, which finds its menu on its own once it knows the server. */
const U_BOOT_BRANCH = `substring(option vendor-class-identifier, 0, 6) = "${U_BOOT.vendorClass}"
        or option pxeboot-network-interface = ${U_BOOT.networkInterface.replace(/..(?!$)/g, '$&:')} {
    # U-Boot; option 94 when it acts as UEFI
    filename "";
  }`;

function branch({ title, architectures, transport, file }: BootFile): string {
  // dhcpd compares the bytes of the option rather than its number: 7 would never match.
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

/**
 * Statements that send option 60. dhcpd sends an option only if the client's parameter list contains it, so
 * they add it to the list.
 */
const ANSWER_AS_HTTP_CLIENT: readonly string[] = [
  'option vendor-class-identifier "HTTPClient";',
  'option dhcp-parameter-request-list = concat(option dhcp-parameter-request-list, 3c);',
];
