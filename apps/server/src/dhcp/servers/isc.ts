import { architectureHex, type BootFile, type BootPlan } from '../boot-files.js';

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
