import { defineTests } from './vitest/index.js';

export default defineTests('config', { include: ['test/**/*.test.js'] });
