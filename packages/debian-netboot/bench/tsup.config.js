import { defineConfig } from 'tsup';

/** Builds the benchmark into `node_modules/.bench`, where it finds the package's dependencies. */
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
