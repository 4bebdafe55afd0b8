import { defineConfig } from 'vitest/config';

// Used when only this package is tested. The configuration of the repository has the same projects.
export default defineConfig({ test: { projects: ['vitest.*.config.js'] } });
