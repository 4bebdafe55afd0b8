import { architectureHex, type BootPlan } from '../boot-files.js';

/** Commands for RouterOS 7; `dhcp1` and the network are the reader's own. */
export function mikrotikSnippet({ server, files }: BootPlan): string {
  const lines = [
    '# pxeboot: RouterOS 7.4 or later. Put the name of your DHCP server for dhcp1.',
    `/ip dhcp-server network set [find] next-server=${server}`,
  ];
  for (const { id, title, architectures, transport, file } of files) {
    const name = `pxeboot-${id}`;
    const options = [`${name}-file`, ...(transport === 'http' ? [`${name}-class`] : [])];
    lines.push(`# ${title}`, option(`${name}-file`, 67, file));
    if (transport === 'http') lines.push(option(`${name}-class`, 60, 'HTTPClient'));
    lines.push(`/ip dhcp-server option sets add name=${name} options=${options.join(',')}`);
    for (const architecture of architectures) {
      const value = architectureHex(architecture);
      lines.push(
        `/ip dhcp-server matcher add name=${name}-${architecture} server=dhcp1 code=93 value=0x${value} option-set=${name}`,
      );
    }
  }
  return lines.join('\n');
}

function option(name: string, code: number, value: string): string {
  return `/ip dhcp-server option add name=${name} code=${code} value="s'${value}'"`;
}
