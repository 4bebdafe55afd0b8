/** Violations that are known, each to be removed. A list that may only get shorter. */
export const KNOWN_VIOLATIONS = [
  'packages/debian-netboot/src/store/image-store.ts imports packages/debian-netboot/src/store/prune.ts: circle of files',
  'packages/debian-netboot/src/store/image-store.ts imports packages/debian-netboot/src/store/store-update.ts: circle of files',
  'packages/debian-netboot/src/store/servable-generation.ts imports packages/debian-netboot/src/store/store-update.ts: circle of files',
  'packages/debian-netboot/src/store/store-update.ts imports packages/debian-netboot/src/store/prune.ts: circle of files',
];
