import type { BootPlan } from '../boot-files.js';

/** PowerShell for the DHCP server of Windows Server 2012 or later; run it as an administrator. */
export function windowsSnippet({ server, files }: BootPlan): string {
  const lines = [
    '# pxeboot: PowerShell on the DHCP server. Put your scope for 192.0.2.0.',
    '$scope = "192.0.2.0"',
  ];
  for (const { id, title, architectures, transport, file } of files) {
    const prefix = transport === 'http' ? 'HTTPClient' : 'PXEClient';
    lines.push('', `# ${title}`);
    for (const architecture of architectures) {
      const name = `pxeboot-${id}-${architecture}`;
      // Firmware appends ":UNDI:..." to this; the policy therefore ends in a star.
      const data = `${prefix}:Arch:${String(architecture).padStart(5, '0')}`;
      lines.push(
        `Add-DhcpServerv4Class -Name "${name}" -Type Vendor -Data "${data}"`,
        `Add-DhcpServerv4Policy -Name "${name}" -ScopeId $scope -Condition Or -VendorClass EQ,"${name}*"`,
        `Set-DhcpServerv4OptionValue -ScopeId $scope -PolicyName "${name}" -OptionId 67 -Value "${file}"`,
        transport === 'http'
          ? `Set-DhcpServerv4OptionValue -ScopeId $scope -PolicyName "${name}" -OptionId 60 -Value "HTTPClient"`
          : `Set-DhcpServerv4OptionValue -ScopeId $scope -PolicyName "${name}" -OptionId 66 -Value "${server}"`,
      );
    }
  }
  return lines.join('\n');
}
