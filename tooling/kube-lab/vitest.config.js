import { defineTests } from '@pxe/config/vitest';

export default defineTests('kube-lab');
