import { defineConfig } from 'tsup';

/** Into `node_modules`, where the programs find the package's dependencies. */
export default defineConfig({
  entry: ['bench/throughput.ts'],
  outDir: 'node_modules/.bench',
  format: 'esm',
  target: 'node20',
  removeNodeProtocol: false,
  skipNodeModulesBundle: true,
  noExternal: ['@pxe/debian-netboot', '@pxe/local-mirror'],
  esbuildOptions(options) {
    options.alias = { '@pxe/debian-netboot': './src/index.ts' };
  },
});
