import {
  architectureHex,
  type BootFile,
  type BootPlan,
  HTTP_CLIENT_CLASS,
  ipv6BootFiles,
} from '../boot-files.js';

/** Returns a top-level part of `dhcpd6.conf` for ISC DHCP. */
export function iscIpv6Snippet(plan: BootPlan): string {
  const files = ipv6BootFiles(plan);
  const hasHttp = files.some(({ transport }) => transport === 'http');
  const branches = [
    // A user class starts with its length, in two bytes.
    `if substring(option dhcp6.pxeboot-user-class, 2, 4) = "iPXE" {\n  option dhcp6.bootfile-url "${plan.ipxe}";\n}`,
    ...files.map(branch),
  ];
  return `# pxeboot: in /etc/dhcp/dhcpd6.conf, outside of any subnet6
option dhcp6.pxeboot-user-class code 15 = string;
option dhcp6.pxeboot-architecture code 61 = string;
${hasHttp ? 'option dhcp6.pxeboot-vendor-class code 16 = string;\n' : ''}
${branches.join(' elsif ')}`;
}

function branch({ title, architectures, transport, file }: BootFile): string {
  const test = architectures
    .map((value) => `option dhcp6.pxeboot-architecture = ${bytes(architectureHex(value))}`)
    .join(' or ');
  const lines = [
    `# ${title}`,
    ...(transport === 'http' ? [ANSWER_AS_HTTP_CLIENT] : []),
    `option dhcp6.bootfile-url "${file}";`,
  ];
  return `${test} {\n${lines.map((line) => `  ${line}\n`).join('')}}`;
}

/** Separates bytes in hexadecimal by colons, as dhcpd expects them. */
function bytes(hex: string): string {
  return hex.replace(/..(?!$)/g, '$&:');
}

/**
 * Statement that sends option 16, which HTTP Boot firmware requests, since dhcpd sends only requested
 * options.
 */
const ANSWER_AS_HTTP_CLIENT = `option dhcp6.pxeboot-vendor-class ${bytes(HTTP_CLIENT_CLASS.toString('hex'))};`;
