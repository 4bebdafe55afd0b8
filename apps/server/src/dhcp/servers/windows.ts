import { type BootFile, type BootPlan, U_BOOT } from '../boot-files.js';

/**
 * Returns PowerShell commands for the DHCP server of Windows Server 2012 or later, according to the
 * reference of its `DhcpServer` module. They must be run as an administrator.
 */
export function windowsSnippet({ server, files, hasUBootMenu, ipxe }: BootPlan): string {
  const needsClassOption = files.some(({ transport }) => transport === 'http');
  return [
    '# pxeboot: PowerShell on the DHCP server. Replace 192.0.2.0 with your scope.',
    '$scope = "192.0.2.0"',
    ...(needsClassOption ? [DEFINE_OPTION_60] : []),
    '',
    '# iPXE, however it was started: the first matching policy sets the file',
    'Add-DhcpServerv4Class -Name "pxeboot-ipxe" -Type User -Data "iPXE"',
    'Add-DhcpServerv4Policy -Name "pxeboot-ipxe" -ScopeId $scope -ProcessingOrder 1 -Condition Or -UserClass EQ,"pxeboot-ipxe"',
    option('pxeboot-ipxe', 67, ipxe),
    ...(hasUBootMenu ? uBootPolicy(server) : []),
    ...files.flatMap((file) => policies(file, server)),
  ].join('\n');
}

/**
 * Returns the policy for U-Boot. It does not match U-Boot that identifies itself as UEFI: only option 94
 * distinguishes the two, and policies cannot match that option.
 */
function uBootPolicy(server: string): string[] {
  const name = 'pxeboot-u-boot';
  return [
    '',
    '# U-Boot, which finds its menu on its own. When it acts as UEFI, this server cannot recognise it:',
    '# put "pxe" before "dhcp" in its boot_targets',
    `Add-DhcpServerv4Class -Name "${name}" -Type Vendor -Data "${U_BOOT.vendorClass}"`,
    `Add-DhcpServerv4Policy -Name "${name}" -ScopeId $scope -Condition Or -VendorClass EQ,"${name}*"`,
    option(name, 66, server),
  ];
}

/** Command that defines option 60, which Windows does not have by default. */
const DEFINE_OPTION_60 =
  'Add-DhcpServerv4OptionDefinition -Name "Vendor class" -OptionId 60 -Type String -ErrorAction SilentlyContinue';

function policies({ id, title, architectures, transport, file }: BootFile, server: string) {
  const prefix = transport === 'http' ? 'HTTPClient' : 'PXEClient';
  const lines = ['', `# ${title}`];
  for (const architecture of architectures) {
    const name = `pxeboot-${id}-${architecture}`;
    // Firmware appends ":UNDI:..." to this, so the policy ends with an asterisk.
    const data = `${prefix}:Arch:${String(architecture).padStart(5, '0')}`;
    lines.push(
      `Add-DhcpServerv4Class -Name "${name}" -Type Vendor -Data "${data}"`,
      `Add-DhcpServerv4Policy -Name "${name}" -ScopeId $scope -Condition Or -VendorClass EQ,"${name}*"`,
      option(name, 67, file),
      transport === 'http' ? option(name, 60, 'HTTPClient') : option(name, 66, server),
    );
  }
  return lines;
}

function option(policy: string, id: number, value: string): string {
  return `Set-DhcpServerv4OptionValue -ScopeId $scope -PolicyName "${policy}" -OptionId ${id} -Value "${value}"`;
}
