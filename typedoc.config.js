/** @type {Partial<import('typedoc').TypeDocOptions>} */
export default {
  name: 'pxeboot',
  entryPointStrategy: 'packages',
  entryPoints: [
    'packages/tftp-protocol',
    'packages/syslinux-menu',
    'packages/debian-preseed',
    'packages/dhcp-protocol',
    'packages/debian-netboot',
    'packages/udp-batch',
    'apps/server',
  ],
  packageOptions: {
    readme: 'README.md',
    // `npm run typecheck` reports errors; packages/*/api lists types that are used but not exported.
    skipErrorChecking: true,
    validation: { notExported: false },
  },
  out: 'docs/api',
  treatWarningsAsErrors: true,
};
