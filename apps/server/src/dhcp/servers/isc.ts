import type { BootFile, BootPlan } from '../boot-files.js';

/** A part of `dhcpd.conf` for ISC DHCP, at its top level. */
export function iscSnippet({ server, files, ipxe }: BootPlan): string {
  const branches = [
    `if exists user-class and option user-class = "iPXE" {\n    filename "${ipxe}";\n  }`,
    ...files.map(branch),
  ];
  return `# pxeboot: in /etc/dhcp/dhcpd.conf, outside of any subnet
option pxeboot-architecture code 93 = unsigned integer 16;

class "pxeboot" {
  match if substring(option vendor-class-identifier, 0, 9) = "PXEClient"
        or substring(option vendor-class-identifier, 0, 10) = "HTTPClient";
  next-server ${server};
  ${branches.join(' elsif ')}
}`;
}

function branch({ title, architectures, transport, file }: BootFile): string {
  const test = architectures.map((value) => `option pxeboot-architecture = ${value}`).join(' or ');
  const vendorClass =
    transport === 'http' ? '    option vendor-class-identifier "HTTPClient";\n' : '';
  return `${test} {\n    # ${title}\n${vendorClass}    filename "${file}";\n  }`;
}
