import { defineTests } from '@pxe/config/vitest';

export default defineTests('server', { globalSetup: ['test/support/synced-store.ts'] });
