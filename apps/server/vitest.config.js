import { defineConfig } from 'vitest/config';

// For this package alone; the configuration of the repository has the same projects.
export default defineConfig({ test: { projects: ['vitest.*.config.js'] } });
