import { defineConfig } from 'vite';

import { writeLicences } from '@pxe/config/licences';

/** Packages that are copied into the page. */
const BUNDLED = ['preact', '@preact/signals', 'eventsource-parser', 'uplot'];

/** Writes the licences of the packages in the page, as those licences require. */
const licences = {
  name: 'licences',
  apply: 'build',
  writeBundle() {
    writeLicences(BUNDLED, 'dist/third-party-licences.txt');
  },
};

export default defineConfig({
  // Works below any path of a proxy.
  base: './',
  build: {
    target: 'es2022',
    // The oldest browsers with light-dark().
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
    // Data URLs would need an exception in the content security policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  plugins: [licences],
});
