import { defineLibrary } from '@pxe/config/tsup';

export default defineLibrary({
  entry: {
    main: 'src/main.ts',
    'daemon-growth': 'src/daemon-growth.ts',
    'http-streams': 'src/http-streams.ts',
    'daemon-cost': 'src/daemon-cost.ts',
    'our-server': 'src/our-server.ts',
    'bare-server': 'src/bare-server.ts',
    'bare-batch-server': 'src/bare-batch-server.ts',
  },
});
