import { defineTests } from '@pxe/config/vitest';

// Every test starts Helm, some several times; one runs the TypeScript compiler.
export default defineTests('chart', { testTimeout: 60_000, hookTimeout: 60_000 });
