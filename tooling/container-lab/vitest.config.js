import { defineTests } from '@pxe/config/vitest';

export default defineTests('container-lab');
