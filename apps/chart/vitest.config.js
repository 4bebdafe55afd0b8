import { defineTests } from '@pxe/config/vitest';

export default defineTests('chart');
