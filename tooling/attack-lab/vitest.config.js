import { defineTests } from '@pxe/config/vitest';

export default defineTests('attack-lab', {
  // The tested modules hold no state: test files share them, and load them only once.
  isolate: false,
});
