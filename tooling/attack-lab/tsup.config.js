import { defineLibrary } from '@pxe/config/tsup';

export default defineLibrary({
  entry: {
    main: 'src/main.ts',
    'hostile-mirror': 'src/attacker/hostile-mirror.ts',
    'endless-mirror': 'src/attacker/endless-mirror.ts',
    'hold-connections': 'src/attacker/hold-connections.ts',
    'send-datagrams': 'src/attacker/send-datagrams.ts',
    'scan-for-port': 'src/attacker/scan-for-port.ts',
    'slow-readers': 'src/attacker/slow-readers.ts',
    'long-names': 'src/attacker/long-names.ts',
    'slow-transfers': 'src/client/slow-transfers.ts',
    probe: 'src/client/probe.ts',
  },
});
